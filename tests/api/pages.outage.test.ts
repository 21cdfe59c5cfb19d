import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTICE_CATEGORIES } from '../../domain/notices/kinds.ts';
import { DAY_MS } from '../../domain/time.ts';
import { unsubscribeUrl } from '../../engine/notices/links.ts';
import { surveyLink } from '../../engine/surveys/link.ts';
import { TEST_LINK_SECRET } from '../support/seed.ts';
import { type Answer, useApi } from './harness.ts';
import { type Browser, PASSWORD, useUsers } from './users-harness.ts';

const api = useApi({ proxies: ['loopback'] });
const users = useUsers(api);
const LINKS = { publicUrl: 'http://localhost:3000', linkSecret: TEST_LINK_SECRET };
let admin: pg.Client;
let browser: Browser;

beforeAll(async () => {
  browser = await users.signedIn('ann@example.com');
  admin = new pg.Client({ connectionString: new URL('/postgres', api.database.ownerUrl).href });
  await admin.connect();
  const name = new URL(api.database.url).pathname.slice(1);
  await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
});

afterAll(async () => {
  const name = new URL(api.database.url).pathname.slice(1);
  await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
  await admin.end();
});

const pathOf = (url: string) => new URL(url).pathname;
const survey = () => pathOf(surveyLink(LINKS, randomUUID(), Date.now() + DAY_MS));
const unsubscribing = () => {
  const [programId, memberId] = [api.programId, randomUUID()];
  return pathOf(unsubscribeUrl({ programId, memberId, category: NOTICE_CATEGORIES[0] }, LINKS));
};
const get = (path: string, headers: Record<string, string> = {}) => api.send(path, { headers });
const post = (path: string, body: string) =>
  api.send(path, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });

const PAGES: readonly (readonly [string, () => Promise<Answer>])[] = [
  ['a survey', () => get(survey())],
  ['an answer to a survey', () => post(survey(), 'q.nps=9')],
  ['a badge', () => get(`/badges/verify/${randomUUID()}`)],
  ['unsubscribing', () => get(unsubscribing())],
  ['one-click unsubscribing', () => post(unsubscribing(), 'List-Unsubscribe=One-Click')],
  ['an account', () => browser.page('GET', '/account')],
  ['a form of an account', () => browser.page('GET', '/account/sign-in')],
  [
    'a sign-in',
    () => users.browser().page('POST', '/account/sign-in', { email: 'a@b.example', password: PASSWORD }),
  ],
  ['a link', () => get('/r/unseen-link')],
];

describe('while the database is away', () => {
  it.each(PAGES)('%s is answered with a page that says to come back, and nothing of why', async (_, ask) => {
    const { status, headers, text } = await ask();
    expect([status, headers.get('content-type'), text]).toEqual([503, 'text/html; charset=utf-8', text]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(text).toMatch(/try again/i);
    expect(text).not.toMatch(/postgres|prisma|ECONN|\.ts:|database_unavailable/i);
  });

  it('pages speak the language of whoever looks', async () => {
    const { text } = await get(survey(), { 'accept-language': 'de-AT,en;q=0.5' });
    expect(text).toContain('<html lang="de">');
    expect(text).toContain('Bitte versuch es gleich noch einmal.');
  });

  it('what no person looks at is answered as JSON', async () => {
    const { status, headers, code } = await get(`/badges/issuers/${randomUUID()}`);
    expect([status, code]).toEqual([503, 'database_unavailable']);
    expect(headers.get('content-type')).toContain('application/json');
  });
});

it('a form of the wrong type, too long, or at an address that cannot be is refused with a page', async () => {
  const long = await post(survey(), 'x'.repeat(300_000));
  const json = await api.send(survey(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  for (const [answer, status] of [
    [long, 413],
    [json, 415],
  ] as const) {
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
  }
});
