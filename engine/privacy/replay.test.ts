import { appendFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useDatabase, withCopyOf } from '../../tests/support/database.ts';
import { eraseAll, testPrivacy, WORDS, zerlina } from '../../tests/support/erased-member.ts';
import { T0_MS } from '../../tests/support/play.ts';
import { dumpOf, tracesOf } from '../../tests/support/traces.ts';
import { inTransaction } from '../transaction.ts';
import { eraseMember } from './erase.ts';
import { listErasure, readErasures, requireList } from './kept-list.ts';
import { erasuresOn, lostErasures, replayErasures } from './replay.ts';

const before = useDatabase();
const database = useDatabase({ isProved: true });
const traces = async () => tracesOf(await dumpOf(database.ownerUrl), Object.values(WORDS));

it('after a restore the kept list finds whom the backup brought back, and erases them again', async () => {
  const settings = testPrivacy();
  const { programId, memberId } = await zerlina(before);
  await withCopyOf(before, async ({ db, ownerUrl }) => {
    const ref = { programId, memberId, eventId: newId(), badges: 'revoke' as const, now_ms: T0_MS };
    await eraseAll(before, settings, ref);
    const [listed, ...more] = await readErasures(settings.listFile);
    if (listed === undefined) throw new Error('nothing is listed');
    expect(more).toEqual([]);
    expect(await lostErasures(before.db, [listed])).toEqual([]);
    const known = await erasuresOn(before.db);
    expect(known).toMatchObject([{ programId, memberId, eventId: ref.eventId, badges: 'revoke' }]);
    expect(new Set(known[0]?.marks)).toEqual(new Set(listed.marks));

    expect(await lostErasures(db, [listed])).toEqual([listed]);
    const other = { ...settings, hashSecret: 'another secret' };
    await expect(replayErasures(db, other, [listed], T0_MS)).rejects.toThrow('HASH_SECRET');
    expect(await db.doNotTrack.count()).toBe(0);
    expect(await replayErasures(db, settings, [listed], T0_MS)).toMatchObject({ erased: 1, left: [] });
    expect(tracesOf(await dumpOf(ownerUrl), Object.values(WORDS))).toEqual([]);
    expect(await lostErasures(db, [listed])).toEqual([]);
    expect(await replayErasures(db, settings, [listed], T0_MS)).toMatchObject({ erased: 0, done: 1 });
  });
});

it('a replay that was stopped behind any of its commits goes on when it is run again', async () => {
  const settings = testPrivacy();
  const { programId, memberId } = await zerlina(database);
  const at = new Date(T0_MS).toISOString();
  const listed = { programId, memberId, eventId: newId(), badges: 'revoke' as const, at, marks: [] };
  const transactor = { db: database.db, countDecision: () => undefined };
  const ref = { programId, memberId, eventId: listed.eventId, badges: listed.badges, now_ms: T0_MS };
  for (let parts = 0; parts < 3; parts += 1) {
    await inTransaction(transactor, (tx) => eraseMember(tx, settings, ref, 2));
    expect(await lostErasures(database.db, [listed])).toEqual([listed]);
  }
  expect(await replayErasures(database.db, settings, [listed], T0_MS)).toMatchObject({ erased: 1, done: 0 });
  expect(await traces()).toEqual([]);
  expect(await lostErasures(database.db, [listed])).toEqual([]);
});

it('of a member whom the backup does not have, what they were known by goes on the list', async () => {
  const { programId } = await zerlina(database);
  const marks = [{ kind: 'external_id' as const, hash: 'a-hash' }];
  const at = new Date(T0_MS).toISOString();
  const absent = { programId, memberId: newId(), eventId: newId(), badges: 'keep' as const, at, marks };
  const settings = testPrivacy();
  expect(await lostErasures(database.db, [absent])).toEqual([absent]);
  expect(await replayErasures(database.db, settings, [absent], T0_MS)).toMatchObject({
    absent: 1,
    erased: 0,
  });
  expect(await database.db.doNotTrack.count({ where: { programId, hash: 'a-hash' } })).toBe(1);
  expect(await lostErasures(database.db, [absent])).toEqual([]);
});

it('a list whose last line was left half written is read, and one of something else is not', async () => {
  const { listFile } = testPrivacy();
  expect(await readErasures(listFile)).toEqual([]);
  await expect(requireList(listFile)).rejects.toThrow(`there is no kept list ${listFile}`);
  const [programId, memberId, eventId] = [newId(), newId(), newId()];
  const at = new Date(T0_MS).toISOString();
  const erasure = { programId, memberId, eventId, badges: 'revoke' as const, at, marks: [] };
  await listErasure(listFile, erasure);
  appendFileSync(listFile, '{"programId":"0192');
  expect(await readErasures(listFile)).toEqual([erasure]);
  appendFileSync(listFile, '"}\n');
  await expect(readErasures(listFile)).rejects.toThrow('is no erasure');
});
