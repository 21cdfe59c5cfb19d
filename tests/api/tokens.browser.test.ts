import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../api/rest/operations.ts';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { useTokens } from './tokens-harness.ts';

const lines: string[] = [];
const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
const api = useApi({}, undefined, log);
const { me, mint, configure } = useTokens(api);
const SHOP = 'https://shop.example';
let token: string;

beforeAll(async () => {
  await api.member('ada');
  token = await mint();
  await configure({ origins: [SHOP, 'http://localhost:5173'] });
});

const below = (path: string, programId = api.programId) => `/api/v1/programs/${programId}/me${path}`;
const preflight = (path: string, origin: string) =>
  api.send(path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  });
const corsOf = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control'));

describe('a page of an origin that the program names', () => {
  it.each(['', '/links', '/redemptions'])(
    'is let through to %s by a preflight without a token',
    async (path) => {
      const { status, headers } = await preflight(below(path), SHOP);
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
      expect(headers.get('access-control-allow-headers')).toMatch(/authorization, .*idempotency-key/);
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      expect(headers.get('access-control-max-age')).toBe('600');
      expect(headers.get('vary')).toContain('Origin');
    },
  );

  it('reads answers, and refusals too', async () => {
    const ask = (headers: Record<string, string>) =>
      api.send(below(''), { headers: { origin: SHOP, ...headers } });
    const [good, bad] = [await ask({ authorization: `Bearer ${token}` }), await ask({})];
    expect([good.status, bad.status]).toEqual([200, 401]);
    for (const { headers } of [good, bad]) {
      expect(headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(headers.get('access-control-expose-headers')).toContain('retry-after');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('is let nowhere else', async () => {
    for (const path of ['/api/v1/members', '/api/v1/tokens/settings', '/trpc/me.get']) {
      expect(corsOf((await preflight(path, SHOP)).headers)).toEqual([]);
    }
  });
});

describe('a page of any other origin', () => {
  it.each(['https://evil.example', 'https://shop.example.evil.example', 'http://shop.example', 'null', '*'])(
    '%s hears nothing of CORS, as below a program that is not there',
    async (origin) => {
      const answers = [
        await preflight(below(''), origin),
        await preflight(below('', newId()), SHOP),
        await preflight(below('', 'x'), SHOP),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      for (const { headers } of answers) expect(corsOf(headers)).toEqual([]);
      const read = await api.send(below(''), { headers: { origin, authorization: `Bearer ${token}` } });
      expect(corsOf(read.headers)).toEqual([]);
      expect(read.headers.get('vary')).toContain('Origin');
    },
  );
});

describe('keys and tokens have their own doors', () => {
  const ofMembers = OPERATIONS.filter(({ asker }) => asker === 'member');
  const ofKeys = OPERATIONS.filter(({ asker }) => asker === 'key');
  // A stream has one door, for it is no procedure.
  const ask = (operations: typeof OPERATIONS, bearer: string) =>
    Promise.all(
      operations.map(async ({ method, path, procedure, isChange, isStream }) => {
        const address = path.replace('{programId}', api.programId).replace(/\{\w+\}/g, newId());
        const headers = { authorization: `Bearer ${bearer}`, 'idempotency-key': newId() };
        const input = JSON.stringify({ programId: api.programId });
        const query = isChange ? '' : `?input=${encodeURIComponent(input)}`;
        const rest = await api.send(`/api/v1${address}`, { method, headers });
        const { code, detail } = JSON.parse(rest.text);
        if (isStream) return [rest.status, code, rest.status, code, true, detail];
        const trpc = await api.send(`/trpc/${procedure}${query}`, {
          method: isChange ? 'POST' : 'GET',
          headers: { ...headers, ...(isChange ? { 'content-type': 'application/json' } : {}) },
          ...(isChange ? { body: input } : {}),
        });
        const challenges = [rest, trpc].map(({ headers: it }) => it.get('www-authenticate'));
        expect(challenges, path).toEqual(Array(2).fill('Bearer error="invalid_token"'));
        return [rest.status, code, trpc.status, trpc.code, detail === trpc.message, detail];
      }),
    );

  it('no operation but those for members takes a member token, and each says where it works', async () => {
    const before = await api.counts();
    const answers = await ask(ofKeys, token);
    expect(answers.length).toBeGreaterThan(120);
    const detail = expect.stringContaining('/programs/{programId}/me');
    const refused = [401, 'unauthenticated', 401, 'unauthenticated', true, detail];
    expect(answers).toEqual(answers.map(() => refused));
    expect(await api.counts()).toEqual(before);
  });

  it('no operation for members takes a key, be it the platform’s', async () => {
    expect(ofMembers.length).toBe(13);
    for (const key of [api.programKey, api.platformKey]) {
      const answers = await ask(ofMembers, key);
      const detail = expect.stringContaining('members.token');
      expect(answers).toEqual(
        answers.map(() => [401, 'unauthenticated', 401, 'unauthenticated', true, detail]),
      );
    }
  });

  it('without any, the challenge names none', async () => {
    const answer = await me(null);
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('a key or token in an address', () => {
  it.each(['api_key', 'apiKey', 'access_token', 'token', 'API-KEY'])(
    'is refused as `%s`, wherever it is sent, and stands in no log line',
    async (name) => {
      const secret = `sek${newId()}`;
      const paths = [
        below(''),
        below('/links'),
        '/api/v1/members',
        '/api/v1/payouts/endpoint',
        '/trpc/me.get',
      ];
      for (const path of paths) {
        for (const bearer of [api.programKey, token, null]) {
          const headers: Record<string, string> =
            bearer === null ? {} : { authorization: `Bearer ${bearer}` };
          const { status, text } = await api.send(`${path}?${name}=${secret}`, { headers });
          expect(status).toBe(400);
          expect(text).toContain('request_invalid');
          expect(text).toContain('Authorization: Bearer');
          expect(text).not.toContain(secret);
        }
      }
      expect(lines.join('')).not.toContain(secret);
    },
  );

  it('or anything else that an operation without input is sent, is refused by its name', async () => {
    const headers = { authorization: `Bearer ${api.programKey}` };
    const answer = await api.send('/api/v1/tokens/settings?verbose=1', { headers });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('`verbose`');
    const body = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
    const posted = (text: string) =>
      api.send('/api/v1/tokens/secrets', {
        ...body,
        headers: { ...body.headers, 'idempotency-key': newId() },
        body: text,
      });
    expect((await posted('{"count":2}')).status).toBe(400);
    expect((await posted('{}')).status).toBe(200);
  });

  it('is none that an operation takes in its address', () => {
    const names = /^(api-?_?key|access-?_?token|token|bearer|authorization)$/i;
    const fields = OPERATIONS.filter(({ takesQuery }) => takesQuery).flatMap(({ input }) =>
      Object.keys((input as { shape?: object } | null)?.shape ?? {}),
    );
    expect(fields.length).toBeGreaterThan(50);
    expect(fields.filter((field) => names.test(field))).toEqual([]);
  });
});

it('no token stands in a log line or a stored answer, however it was used', async () => {
  await me(token, '/links');
  await me(`${token}x`);
  await api.query('me.get', { programId: api.programId }, { key: token });
  const signature = token.split('.')[2] ?? '';
  expect(signature.length).toBeGreaterThan(40);
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.join('')).not.toContain(signature);
  expect(JSON.stringify(await api.db.idempotencyKey.findMany())).not.toContain(signature);
});
