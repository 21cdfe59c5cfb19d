import { describe, expect, it } from 'vitest';
import { formatToken, newSecret } from '../../api/auth/token.ts';
import { ensurePlatformKey } from '../../api/keys/create.ts';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const api = useApi();
const event = { key: 'a', type: 'purchase', subject: 'buyer' };
const unauthenticated = { status: 401, code: 'unauthenticated' };

describe('401: nothing is done without a valid key', () => {
  it.each([
    ['a key that does not exist', formatToken('live', newId(), newSecret())],
    ['an id of more than 128 bits', `sk_live_${'z'.repeat(22)}_${newSecret()}`],
  ])('for %s', async (_what, key) => {
    await expectRefused(api, () => api.query('programs.get', undefined, { key }), unauthenticated);
  });

  it('for the right id with another secret', async () => {
    const { id } = await api.key(['read']);
    await expectRefused(
      api,
      () => api.query('programs.get', undefined, { key: formatToken('live', id, newSecret()) }),
      unauthenticated,
    );
  });

  it('for a key that was just revoked, in this process at once', async () => {
    const { id, token } = await api.key(['read', 'events:write']);
    expect((await api.query('programs.get', undefined, { key: token })).status).toBe(200);
    expect((await api.mutate('keys.revoke', { id })).status).toBe(200);
    const revoked = { status: 401, code: 'key_revoked' };
    await expectRefused(api, () => api.query('programs.get', undefined, { key: token }), revoked);
    await expectRefused(api, () => api.mutate('events.record', event, { key: token }), revoked);
  });

  it('for a platform key that another revoked; none revokes itself, programs’ keys see none', async () => {
    const other = await ensurePlatformKey(api.db, 'anotherplatformanotherplatformanother');
    const { items } = (await api.query('keys.platform', undefined, { key: api.platformKey })).data;
    expect(items).toHaveLength(2);
    const id = items[0].id as string;
    const revoke = (key: string) => api.mutate('keys.revokePlatform', { id }, { key });
    await expectRefused(api, () => revoke(other), { status: 409, code: 'stage_forbids' });
    await expectRefused(api, () => revoke(api.programKey), { status: 403, code: 'scope_missing' });
    await expectRefused(api, () => api.mutate('keys.revoke', { id }), { status: 404, code: 'not_found' });
    expect((await revoke(api.platformKey)).data).toEqual({ id, revoked: true });
    const list = () => api.query('keys.platform', undefined, { key: other });
    await expectRefused(api, list, { status: 401, code: 'key_revoked' });
  });

  it('for a key that another process revoked, after two seconds', async () => {
    const { id, token } = await api.key(['read']);
    expect((await api.query('programs.get', undefined, { key: token })).status).toBe(200);
    await api.db.apiKey.update({ where: { id }, data: { revokedAt: new Date() } });
    api.advance(2_000);
    expect((await api.query('programs.get', undefined, { key: token })).code).toBe('key_revoked');
  });
});

describe('403: a key does only what its scopes say', () => {
  const missing = { status: 403, code: 'scope_missing' };

  it('a key hands on no scope that it lacks', async () => {
    const { token } = await api.key(['keys:write']);
    const send = () =>
      api.mutate('keys.create', { name: 'more', scopes: ['redemptions:approve'] }, { key: token });
    await expectRefused(api, send, missing);
  });

  it('a program’s key makes no programs, whatever its scopes', async () => {
    const input = { slug: 'mine', name: 'Mine', defaultDestination: 'https://mine.example/' };
    await expectRefused(api, () => api.mutate('programs.create', input), missing);
  });

  it('a star among a program key’s scopes is no star', async () => {
    const { id, token } = await api.key(['read']);
    await api.db.apiKey.update({ where: { id }, data: { scopes: ['*'] } });
    await expectRefused(
      api,
      () => api.mutate('members.upsert', { externalId: 'x' }, { key: token }),
      missing,
    );
  });
});
