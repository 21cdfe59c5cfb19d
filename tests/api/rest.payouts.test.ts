import { expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const api = useApi();
const rest = useRest(api);

it('each PUT of the endpoint makes a secret, and the same key does not show it again', async () => {
  const input = { url: 'https://shop.example/pay' };
  const set = (headers = {}) => rest.call('PUT', '/payouts/endpoint', input, headers);
  const [first, second] = [await set(), await set()];
  expect(first.body.secret).toMatch(/^whsec_/);
  expect(second.body.secret).toMatch(/^whsec_/);
  expect(second.body.secret).not.toBe(first.body.secret);

  const key = { 'idempotency-key': '"endpoint 1"' };
  expect((await set(key)).body.secret).toMatch(/^whsec_/);
  const replay = await set(key);
  expect(replay.body).toMatchObject({ ...input, secret: null });
  expect(replay.headers.get('idempotent-replayed')).toBe('true');
});

it('the endpoint is forgotten by a DELETE without a body, and a second one finds nothing', async () => {
  await rest.call('PUT', '/payouts/endpoint', { url: 'https://shop.example/pay' });
  expect(await rest.call('DELETE', '/payouts/endpoint')).toMatchObject({
    status: 200,
    body: { removed: true },
  });
  expect(await rest.call('DELETE', '/payouts/endpoint')).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  });
  expect(await rest.call('GET', '/payouts/endpoint')).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  });
});
