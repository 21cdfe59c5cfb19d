import { beforeEach, expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { createFixture } from '../../tests/support/ledger.ts';
import { createPrograms } from '../cache/programs.ts';
import { createKey } from '../keys/create.ts';
import { createAuth, KEY_TTL_MS } from './auth.ts';
import { KEY_USE_MS } from './key-use.ts';

// One connection, so that what was asked for earlier is done earlier.
const database = useDatabase({ poolMax: 1 });
const START_MS = Date.UTC(2026, 0, 1);
let now_ms = START_MS;
let programId = '';

beforeEach(async () => {
  now_ms = START_MS;
  programId = (await createFixture(database.db)).programId;
});

function setup() {
  const now = () => now_ms;
  const auth = createAuth(database.db, createPrograms(database.db, now), now);
  const codeOf = (token: string) =>
    auth.authenticate(`Bearer ${token}`).then(
      () => 'good',
      (error) => error.code,
    );
  const key = (expiresAt?: Date) =>
    createKey(database.db, { programId, name: 'a key', scopes: ['read'], expiresAt: expiresAt ?? null });
  return { codeOf, key };
}

test('a key is good to the millisecond before its end, and not at it, however fresh the cache', async () => {
  const { codeOf, key } = setup();
  const { token } = await key(new Date(START_MS + KEY_TTL_MS - 1));
  expect(await codeOf(token)).toBe('good');
  now_ms += KEY_TTL_MS - 2;
  expect(await codeOf(token)).toBe('good');
  now_ms += 1;
  expect(await codeOf(token)).toBe('key_expired');
});

test('when a key was last used is written once a minute, and a refused key is not used', async () => {
  const { codeOf, key } = setup();
  const [used, ended] = [await key(), await key(new Date(START_MS))];
  const lastUsed = async () => {
    const rows = await database.db.apiKey.findMany({ where: { id: { in: [used.id, ended.id] } } });
    const at_ms = (id: string) => rows.find((row) => row.id === id)?.lastUsedAt?.getTime() ?? null;
    return [at_ms(used.id), at_ms(ended.id)];
  };
  expect([await codeOf(used.token), await codeOf(ended.token)]).toEqual(['good', 'key_expired']);
  expect(await lastUsed()).toEqual([START_MS, null]);
  now_ms += KEY_USE_MS - 1;
  await codeOf(used.token);
  expect(await lastUsed()).toEqual([START_MS, null]);
  now_ms += 1;
  await codeOf(used.token);
  expect(await lastUsed()).toEqual([START_MS + KEY_USE_MS, null]);
});
