import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ensurePlatformKey } from '../../api/keys/create.ts';
import { nameId } from '../../platform/ids.ts';
import { readText } from '../support/documents.ts';
import { rawSql } from '../support/ledger.ts';
import { actionsOn } from './audit.ts';
import { type CallOptions, useApi } from './harness.ts';
import { expectRefused } from './refusal.ts';

const HOUR_MS = 3_600_000;
const api = useApi();
const stageForbids = { status: 409, code: 'stage_forbids' };

/** Whether a key works, now. */
const codeOf = async (key: string) => (await api.query('programs.get', undefined, { key })).code ?? 'good';
const make = async (input: object = {}) => {
  const made = await api.mutate('keys.create', { name: 'shop', scopes: ['read', 'members:write'], ...input });
  return made.data as { id: string; apiKey: string; expiresAt: string | null };
};
const rotate = (id: string, input: object = {}, options: CallOptions = {}) =>
  api.mutate('keys.rotate', { id, ...input }, options);
const later = (ms: number) => new Date(Date.now() + ms).toISOString();
const stored = (id: string) => api.db.apiKey.findUniqueOrThrow({ where: { id } });
/** Sets an end that has come, as another process would have. */
const expire = (id: string) =>
  api.db.apiKey.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } });

describe('a key that expires', () => {
  it('is refused from then on with a code of its own', async () => {
    const { id, apiKey, expiresAt } = await make({ expiresAt: later(HOUR_MS) });
    expect((await stored(id)).expiresAt?.toISOString()).toBe(expiresAt);
    await expire(id);
    const ask = () => api.query('programs.get', undefined, { key: apiKey });
    await expectRefused(api, ask, { status: 401, code: 'key_expired' });
  });

  it.each([
    ['that has passed', -1],
    ['more than ten years ahead', 10.1 * 366 * 24 * HOUR_MS],
  ])('is not made with an end %s', async (_what, ms) => {
    const send = () => api.mutate('keys.create', { name: 'a', scopes: ['read'], expiresAt: later(ms) });
    await expectRefused(api, send, { status: 400, code: 'input_invalid' });
  });
});

describe('a key is replaced', () => {
  it('by one of the same name, scopes and length of life, and works on for the overlap', async () => {
    const old = await make({ expiresAt: later(100 * HOUR_MS) });
    const before = await stored(old.id);
    const { data } = await rotate(old.id, { overlap_hours: 2 });
    expect(data).toMatchObject({ name: 'shop', scopes: ['read', 'members:write'] });
    const [made, after] = [await stored(data.id), await stored(old.id)];
    const life_ms = (key: { createdAt: Date; expiresAt: Date | null }) =>
      (key.expiresAt?.getTime() ?? 0) - key.createdAt.getTime();
    expect(Math.abs(life_ms(made) - life_ms(before))).toBeLessThan(HOUR_MS);
    expect(after).toMatchObject({ replacedBy: made.id, expiresAt: new Date(data.replaces.expiresAt) });
    expect(Math.abs(Date.parse(data.replaces.expiresAt) - Date.now() - 2 * HOUR_MS)).toBeLessThan(HOUR_MS);
    expect([await codeOf(old.apiKey), await codeOf(data.apiKey)]).toEqual(['good', 'good']);
    expect(await actionsOn(api, { subject: old.id })).toEqual(['key.rotated', 'key.created']);
    expect(await actionsOn(api, { subject: made.id })).toEqual(['key.created']);
    const { items } = (await api.query('keys.list', { limit: 2 })).data;
    expect(items).toMatchObject([
      { id: made.id, replacedBy: null, expiresAt: made.expiresAt?.toISOString() },
      { id: old.id, replacedBy: made.id, expiresAt: data.replaces.expiresAt },
    ]);
  });

  it('by one without an end, where it had none; without an overlap it ends at once', async () => {
    const old = await make();
    expect(await codeOf(old.apiKey)).toBe('good');
    const { data } = await rotate(old.id, { overlap_hours: 0 });
    expect([data.expiresAt, await codeOf(data.apiKey)]).toEqual([null, 'good']);
    expect(await codeOf(old.apiKey)).toBe('key_expired');
  });

  it('and never lives longer for the overlap', async () => {
    const old = await make({ expiresAt: later(HOUR_MS) });
    expect((await rotate(old.id)).data.replaces.expiresAt).toBe(old.expiresAt);
  });

  it('once: by a repeat of the call, by two at once, and by a second call alike', async () => {
    const old = await make();
    const options = { idempotencyKey: 'rotate-once' };
    const { data } = await rotate(old.id, {}, options);
    expect((await rotate(old.id, {}, options)).data).toEqual({ ...data, apiKey: null });
    await expectRefused(api, () => rotate(old.id), stageForbids);
    const racing = await make();
    const codes = (await Promise.all([1, 2, 3].map(() => rotate(racing.id)))).map(({ code }) => code ?? 'ok');
    expect(codes.sort()).toEqual(['ok', 'stage_forbids', 'stage_forbids']);
  });

  it('not after it was revoked or has expired, and not by a key that may do less', async () => {
    const [revoked, expired, mighty] = [await make(), await make(), await make()];
    await api.mutate('keys.revoke', { id: revoked.id });
    await expire(expired.id);
    await expectRefused(api, () => rotate(revoked.id), stageForbids);
    await expectRefused(api, () => rotate(expired.id), stageForbids);
    const { token } = await api.key(['read', 'keys:write']);
    const send = () => rotate(mighty.id, {}, { key: token });
    const refused = await expectRefused(api, send, { status: 403, code: 'scope_missing' });
    expect(refused.message).toContain('`members:write`');
  });
});

describe('keys of before', () => {
  it('of administrators still read policies and the audit log, and no key gains more', async () => {
    const administrator = await api.key(['read', 'policies:write', 'programs:write', 'keys:write']);
    const publisher = await api.key(['read', 'policies:write']);
    const reader = await api.key(['read']);
    const migration = readText('prisma/migrations/20261129010100_key_scopes/migration.sql');
    for (const _ of [1, 2]) await rawSql(api.database.ownerUrl, migration);
    const scopesOf = async ({ id }: { id: string }) =>
      (await api.db.apiKey.findUniqueOrThrow({ where: { id } })).scopes.slice(-2);
    expect(await scopesOf(administrator)).toEqual(['policies:read', 'audit:read']);
    expect(await scopesOf(publisher)).toEqual(['policies:write', 'policies:read']);
    expect(await scopesOf(reader)).toEqual(['read']);
  });
});

describe('keys are shown once and stored as hashes', () => {
  it('a new key works, and neither the database nor a replay of the call holds it', async () => {
    const made = await api.mutate(
      'keys.create',
      { name: 'web', scopes: ['read'] },
      { idempotencyKey: 'make-key' },
    );
    const token: string = made.data.apiKey;
    expect((await api.query('programs.get', undefined, { key: token })).status).toBe(200);
    const again = await api.mutate(
      'keys.create',
      { name: 'web', scopes: ['read'] },
      { idempotencyKey: 'make-key' },
    );
    expect(again.data).toEqual({ ...made.data, apiKey: null });
    const secret = token.split('_')[3] ?? '';
    const stored = JSON.stringify([
      await api.db.apiKey.findMany(),
      await api.db.idempotencyKey.findMany(),
      String(await api.db.auditEntry.count()),
    ]);
    expect(stored).not.toContain(secret);
  });

  it('the list of keys shows names and scopes, and no key', async () => {
    const { data } = await api.query('keys.list');
    expect(data.items[0]).toHaveProperty('scopes');
    expect(JSON.stringify(data)).not.toMatch(/hash|sk_/);
  });
});

describe('keys that act on each other at once', () => {
  const platform = async () => {
    const secret = `${randomUUID().replaceAll('-', '')}platform`;
    return { id: nameId('platform-key', secret), token: await ensurePlatformKey(api.db, secret) };
  };
  const revoke = (id: string, key: string) => api.mutate('keys.revokePlatform', { id }, { key });

  it('two platform keys that revoke each other never both succeed', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [one, two] = [await platform(), await platform()];
      // Both are let in, and known to this process, before either asks.
      await Promise.all([one, two].map(({ token }) => api.query('keys.platform', undefined, { key: token })));
      const answers = await Promise.all([revoke(two.id, one.token), revoke(one.id, two.token)]);
      const said = answers.map(({ status, code }) => [status, code]);
      expect(said).toContainEqual([200, undefined]);
      expect(said).toContainEqual([401, 'key_revoked']);
      const left = await api.db.apiKey.count({ where: { id: { in: [one.id, two.id] }, revokedAt: null } });
      expect(left).toBe(1);
    }
  });

  it('of platform keys that revoke each other in a ring one remains, and nobody waits for ever', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ring = [await platform(), await platform(), await platform()];
      const next = (at: number) => ring[(at + 1) % ring.length] ?? ring[0];
      const answers = await Promise.all(ring.map(({ token }, at) => revoke(next(at)?.id ?? '', token)));
      expect(answers.every(({ status, code }) => status === 200 || code === 'key_revoked')).toBe(true);
      const ids = ring.map(({ id }) => id);
      const good = await api.db.apiKey.count({ where: { id: { in: ids }, revokedAt: null } });
      expect(good).toBe(ring.length - answers.filter(({ status }) => status === 200).length);
      expect(good).toBeGreaterThan(0);
    }
  });

  it.each([
    ['revoked', { revokedAt: new Date() }, 'key_revoked'],
    ['at its end', { expiresAt: new Date(Date.now() - 1) }, 'key_expired'],
  ])(
    'one that another process found %s makes, replaces and revokes no keys here',
    async (_what, change, code) => {
      const asker = await make({ scopes: ['read', 'keys:write'] });
      const other = await make();
      expect(await codeOf(asker.apiKey)).toBe('good');
      // This process still knows it as good, for two seconds.
      await api.db.apiKey.update({ where: { id: asker.id }, data: change });
      const as = { key: asker.apiKey };
      for (const send of [
        () => api.mutate('keys.create', { name: 'more', scopes: ['read'] }, as),
        () => rotate(asker.id, {}, as),
        () => rotate(other.id, {}, as),
        () => api.mutate('keys.revoke', { id: other.id }, as),
      ]) {
        await expectRefused(api, send, { status: 401, code });
      }
    },
  );
});
