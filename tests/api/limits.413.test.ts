import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
const post =
  (pathname: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  () =>
    api.send(pathname, {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${api.programKey}`,
        'idempotency-key': crypto.randomUUID(),
        ...headers,
      },
    });

const fields = (count: number) => Array.from({ length: count }, (_, nth) => `"k${nth}":[]`).join(',');

describe.each(['/trpc/events.record', '/trpc/members.upsert'])('%s', (pathname) => {
  it('413: refuses a body of more than a megabyte', async () => {
    await expectRefused(api, post(pathname, `{"a":"${'x'.repeat(1_048_576)}"}`), {
      status: 413,
      code: 'body_too_large',
    });
  });

  it('400: refuses invalid UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"externalId":"'),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from('"}'),
    ]);
    await expectRefused(api, post(pathname, body), { status: 400, code: 'utf8_invalid' });
  });

  it.each(['{"a":', 'not json', "{'a':1}", '{"a":1}trailing'])(
    '400: refuses %s, which is not JSON',
    async (body) => {
      await expectRefused(api, post(pathname, body), { status: 400, code: 'json_invalid' });
    },
  );

  it('400: refuses a NUL character before it reaches the database', async () => {
    await expectRefused(api, post(pathname, '{"externalId":"a\\u0000b"}'), {
      status: 400,
      code: 'text_invalid',
    });
  });

  it.each([
    ['nested a hundred thousand deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['nested three thousand deep', `{"a":${'{"a":'.repeat(3_000)}1${'}'.repeat(3_001)}`],
    ['nested in texts that have to be looked at', `{"b":"\\ud800","a":${'['.repeat(3_000)}`],
    ['with eighty thousand fields', `{"properties":{${fields(80_000)}}}`],
    ['with half a million items', `{"a":[${'1,'.repeat(500_000)}1]}`],
    ['with forty thousand lists', `{"a":[${'[],'.repeat(4_999)}${'[1,1,1,1,1,1,1,1],'.repeat(5_000)}1]}`],
  ])('400: refuses JSON %s, and names no places', async (_what, body) => {
    const answer = await expectRefused(api, post(pathname, body), {
      status: 400,
      code: 'input_too_complex',
    });
    expect(answer.text.length).toBeLessThan(1_000);
  });

  it('400: names twenty mistakes at the most, each shortly, whatever the names that were sent', async () => {
    const long = 'x'.repeat(3_000);
    const body = `{${Array.from({ length: 250 }, (_, nth) => `"${long}${nth}":1`).join(',')}}`;
    const answer = await expectRefused(api, post(pathname, body), { status: 400, code: 'input_invalid' });
    const { issues } = JSON.parse(answer.text).error.data;
    expect(issues.length).toBeLessThanOrEqual(20);
    expect(answer.text.length).toBeLessThan(20 * 500);
  });

  it('415: refuses another media type', async () => {
    const send = post(pathname, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' });
    await expectRefused(api, send, { status: 415, code: 'media_type_unsupported' });
  });

  it('400: refuses a batch of calls', async () => {
    await expectRefused(api, post(`${pathname}?batch=1`, '{"0":{}}'), {
      status: 400,
      code: 'request_invalid',
    });
  });

  it('405: refuses a mutation sent as a query', async () => {
    const send = () => api.query(pathname.slice('/trpc/'.length), {});
    await expectRefused(api, send, { status: 405, code: 'method_not_supported' });
  });
});

it('400: refuses an input that is sent twice', async () => {
  const headers = { authorization: `Bearer ${api.programKey}` };
  const send = () => api.send('/trpc/members.list?input={}&input={}', { headers });
  await expectRefused(api, send, { status: 400, code: 'request_invalid' });
});

describe('what is not there', () => {
  it.each(['/nothing', '/trpc', '/trpc/no.such', '/trpc/__proto__', '/trpc/events.constructor', '/r'])(
    '404 at %s',
    async (pathname) => {
      const answer = await api.send(pathname, { headers: { authorization: `Bearer ${api.programKey}` } });
      expect([answer.status, answer.code]).toEqual([404, 'not_found']);
      expect(answer.headers.get('x-request-id')).toBeTruthy();
    },
  );

  it.each(['/trpc/%ff', `/trpc/${'x'.repeat(801)}`, '/r/%ff'])(
    '400 for an address that cannot be decoded, or has a part that is too long: %.12s',
    async (pathname) => {
      const send = () => api.send(pathname, {});
      await expectRefused(api, send, { status: 400, code: 'request_invalid' });
    },
  );
});

describe('requests and answers are joined by an id', () => {
  it('the caller’s own when it is decent', async () => {
    const answer = await api.query('programs.get', undefined, {
      headers: { 'x-request-id': 'my-request-7' },
    });
    expect(answer.headers.get('x-request-id')).toBe('my-request-7');
  });

  it('else one of ours, another for each request', async () => {
    const [a, b] = [await api.query('programs.get'), await api.send('/healthz', {})];
    expect(a.headers.get('x-request-id')).not.toBe(b.headers.get('x-request-id'));
    const long = await api.send('/healthz', { headers: { 'x-request-id': 'x'.repeat(500) } });
    expect(long.headers.get('x-request-id')?.length).toBeLessThan(64);
  });
});

describe('every answer of JSON', () => {
  const key = () => ({ authorization: `Bearer ${api.programKey}` });

  it.each([
    ['a read over tRPC', '/trpc/members.list', 200],
    ['a read over REST', '/api/v1/members', 200],
    ['a refusal over tRPC', '/trpc/members.get?input=1', 400],
    ['a problem document', '/api/v1/members/1', 400],
    ['what is not there', '/nothing', 404],
    ['what is not there over REST', '/api/v1/nothing', 404],
    ['an address that cannot be decoded', '/trpc/%ff', 400],
    ['an address that cannot be decoded over REST', '/api/v1/%ff', 400],
    ['health', '/healthz', 200],
  ])('is kept by nobody, and nobody guesses what it is: %s', async (_what, pathname, status) => {
    const answer = await api.send(pathname, { headers: key() });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('may say otherwise, as what verifiers of badges read', async () => {
    const answer = await api.send(`/badges/issuers/${api.programId}`, {});
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=60']);
  });
});
