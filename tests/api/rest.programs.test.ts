import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { useRest } from './rest-harness.ts';

const api = useApi();
const rest = useRest(api);

describe('a program over REST', () => {
  it('is the one of the key, and its settings and times change one by one', async () => {
    const before = await rest.call('GET', '/program');
    expect(before).toMatchObject({ status: 200, body: { id: api.programId, budgets: [] } });
    const renamed = await rest.call('PATCH', '/program', { name: 'Renamed' });
    const { budgets: _, ...program } = before.body;
    expect(renamed.body).toEqual({ ...program, name: 'Renamed' });
    const endsAt = '2030-01-01T00:00:00.000Z';
    expect((await rest.call('PUT', '/program/schedule', { endsAt })).body).toMatchObject({ endsAt });
    expect((await rest.call('PUT', '/program/schedule', { endsAt: null })).body.endsAt).toBeNull();
  });

  it('takes a step without a body, once for a key', async () => {
    const refused = await rest.call('POST', '/program/pause');
    expect(refused).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
    const once = { 'idempotency-key': 'pause once' };
    const paused = await rest.call('POST', '/program/pause', undefined, once);
    expect(paused).toMatchObject({ status: 200, body: { status: 'paused' } });
    const resumed = await rest.call('POST', '/program/resume', undefined, { 'idempotency-key': 'resume' });
    expect(resumed.body).toMatchObject({ status: 'live' });
    const again = await rest.call('POST', '/program/pause', undefined, once);
    expect(again.body).toEqual(paused.body);
    expect((await rest.call('GET', '/program')).body.status).toBe('live');
  });
});

describe('keys over REST', () => {
  it('are shown once, and revoked by their address as often as asked', async () => {
    const create = () =>
      rest.call('POST', '/keys', { name: 'reader', scopes: ['read'] }, { 'idempotency-key': 'reader' });
    const { body: key } = await create();
    expect((await create()).body).toEqual({ ...key, apiKey: null });
    const read = () => rest.call('GET', '/program', undefined, { authorization: `Bearer ${key.apiKey}` });
    expect((await read()).status).toBe(200);
    for (let time = 0; time < 2; time += 1) {
      const revoked = await rest.call('DELETE', `/keys/${key.id}`);
      expect(revoked).toMatchObject({ status: 200, body: { id: key.id, revoked: true } });
    }
    expect(await read()).toMatchObject({ status: 401, body: { code: 'key_revoked' } });
  });

  it('of the platform are read with a platform key alone', async () => {
    expect(await rest.call('GET', '/platform/keys')).toMatchObject({ status: 403 });
    const platform = { authorization: `Bearer ${api.platformKey}` };
    const { body } = await rest.call('GET', '/platform/keys?limit=1', undefined, platform);
    expect(body).toMatchObject({ items: [{ name: 'platform', scopes: ['*'] }] });
  });
});
