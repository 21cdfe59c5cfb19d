import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildServer } from '../../api/server.ts';
import { createLog } from '../../platform/log.ts';
import { createDatabase } from '../../prisma/client.ts';
import { apiSettings, useApi } from './harness.ts';

const BROWSER =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.0 Safari/605.1.15';

let admin: pg.Client;
const dataDir = mkdtempSync(path.join(tmpdir(), 'referral-journal-'));
const journal = path.join(dataDir, 'clicks');

const api = useApi({ dataDir });

beforeAll(async () => {
  admin = new pg.Client({ connectionString: new URL('/postgres', api.database.ownerUrl).href });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  rmSync(dataDir, { recursive: true, force: true });
});

const databaseName = () => new URL(api.database.url).pathname.slice(1);
const click = (code: string) => api.send(`/r/${code}`, { headers: { 'user-agent': BROWSER } });

/** As if PostgreSQL had gone: nobody gets in, and who was in is out. */
async function takeDown(): Promise<void> {
  await admin.query(`ALTER DATABASE ${databaseName()} WITH ALLOW_CONNECTIONS false`);
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    databaseName(),
  ]);
}

const bringBack = () => admin.query(`ALTER DATABASE ${databaseName()} WITH ALLOW_CONNECTIONS true`);

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200 && !(await holds()); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await holds()).toBe(true);
}

it('clicks during an outage are redirected, and are in the database afterwards, once', async () => {
  const { referralCode: known } = await api.member();
  const { referralCode: unseen } = await api.member();
  await click(known);
  await takeDown();
  // Past the link cache's time, so that a stale link has to serve.
  api.advance(6_000);
  const answers = await Promise.all(Array.from({ length: 20 }, () => click(known)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(302));
  const ids = answers.map(
    ({ headers }) => new URL(headers.get('location') ?? '').searchParams.get('rclk') ?? '',
  );
  expect(readdirSync(journal).filter((name) => name.endsWith('.ndjson')).length).toBeGreaterThan(0);
  expect((await click(unseen)).status).toBe(503);
  expect((await api.send('/healthz', {})).status).toBe(200);
  expect((await api.send('/readyz', {})).status).toBe(503);
  const event = await api.mutate('events.record', { key: 'k', type: 'purchase', subject: 's' });
  expect([event.status, event.headers.get('retry-after')]).toEqual([503, '1']);
  expect(event.code).toBe('database_unavailable');
  await bringBack();
  await until(async () => (await api.db.touch.count({ where: { id: { in: ids } } })) === 20);
  await until(async () => readdirSync(journal).length === 0);
  // The journal's file goes just before the clicks are counted.
  await until(async () => (await api.clicks('replayed')) === 20);
  expect(await api.clicks('dropped')).toBe(0);
}, 30_000);

it('clicks on disk from a process that is gone are in the database after the next start', async () => {
  const { referralCode } = await api.member();
  await click(referralCode);
  // Just after an outage clicks still go to the journal for a moment. This one has to reach the database
  // before the next outage.
  await until(async () => readdirSync(journal).length === 0);
  await takeDown();
  const answer = await click(`${referralCode}?utm_source=mail`);
  const id = new URL(answer.headers.get('location') ?? '').searchParams.get('rclk') ?? '';
  await api.app.close();
  const [file = ''] = readdirSync(journal);
  expect(readdirSync(journal)).toEqual([file]);
  // As an earlier version wrote it, which kept no source.
  const { source, ...row } = JSON.parse(readFileSync(path.join(journal, file), 'utf8'));
  expect(source).toBe('mail');
  writeFileSync(path.join(journal, file), `${JSON.stringify(row)}\n`);
  await bringBack();
  const db = createDatabase({ url: api.database.url, poolMax: 2 });
  const next = buildServer({
    db,
    databaseUrl: api.database.url,
    log: createLog('test', 'silent'),
    registry: new Registry(),
    now: Date.now,
    settings: apiSettings(dataDir),
  });
  await next.ready();
  await until(async () => (await db.touch.count({ where: { id } })) === 1);
  await until(async () => readdirSync(journal).length === 0);
  await next.close();
  await db.$disconnect();
}, 30_000);
