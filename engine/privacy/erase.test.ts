import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { unseal } from '../../platform/seal.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { eraseAll, testPrivacy, WORDS, zerlina } from '../../tests/support/erased-member.ts';
import { giveEventId } from '../../tests/support/months.ts';
import { T0_MS } from '../../tests/support/play.ts';
import { seedEvent, seedRedemption } from '../../tests/support/seed.ts';
import { dumpOf, tracesOf } from '../../tests/support/traces.ts';
import { inTransaction } from '../transaction.ts';
import { eraseMember } from './erase.ts';
import { heldSealKey } from './held.ts';
import { readErasures } from './kept-list.ts';

const database = useDatabase({ isProved: true });
const words = Object.values(WORDS);
const traces = async () => tracesOf(await dumpOf(database.ownerUrl), words);

/** Zerlina, and a command to erase her. */
async function world(hold_years = 0) {
  const made = await zerlina(database, hold_years);
  const { programId, memberId } = made;
  const ref = { programId, memberId, eventId: newId(), badges: 'revoke' as const, now_ms: T0_MS };
  return { ...made, ref, settings: testPrivacy() };
}

it('nothing personal is left in any table, the books are balanced, and statistics stay', async () => {
  const { db, programId, memberId, ann, ref, settings, play } = await world();
  const before = await traces();
  for (const word of words)
    expect(
      before.some((trace) => trace.endsWith(`: ${word}`)),
      word,
    ).toBe(true);
  const counted = await db.referral.count({ where: { programId, stage: { in: ['qualified', 'rewarded'] } } });
  const balance = await play.balance(memberId);

  const { id: noticeId } = await db.notice.findFirstOrThrow({ where: { programId, memberId } });
  const mailbox = path.join(settings.dataDir, 'mailbox', programId);
  mkdirSync(mailbox, { recursive: true });
  for (const id of [noticeId, 'another']) writeFileSync(path.join(mailbox, `${id}.json`), WORDS.email);

  const done = await eraseAll(database, settings, ref);
  expect(readdirSync(mailbox)).toEqual(['another.json']);
  expect(await traces()).toEqual([]);
  expect(done).toMatchObject({
    ok: true,
    value: {
      rows: { members: 1, events: expect.any(Number), survey_answers: 1, touches: 1, users: 1 },
      held: [],
      balances: [{ available: { minor: balance.available_minor.toString(), unit: 'USD' } }],
    },
  });
  expect(await db.referral.count({ where: { programId, stage: { in: ['qualified', 'rewarded'] } } })).toBe(
    counted,
  );
  expect(await play.balance(memberId)).toEqual(balance);
  expect(await db.surveyAnswer.findFirst({ where: { programId } })).toMatchObject({
    score: 9,
    answers: { nps: 9 },
    comment: null,
  });
  expect(await db.event.count({ where: { programId, state: { not: 'decided' } } })).toBe(0);
  expect((await db.member.findFirstOrThrow({ where: { id: ann.id } })).externalId).toBe('ann');
  expect(readFileSync(settings.listFile, 'utf8')).not.toMatch(/zerlina/i);
});

it('an erasure reaches an event whose id says no month', async () => {
  const { db, programId, ref, settings } = await world();
  const { id } = await seedEvent(db, programId, {
    type: 'login',
    subject: WORDS.externalId,
    payload: { properties: { said: WORDS.comment } },
  });
  const to = `f${randomUUID().slice(1)}`;
  await giveEventId(database, programId, id, to);
  expect((await traces()).filter((trace) => trace.startsWith('events_rest'))).not.toEqual([]);
  expect(await eraseAll(database, settings, ref)).toMatchObject({ ok: true });
  expect(await traces()).toEqual([]);
  expect(await db.event.count({ where: { programId, id: to } })).toBe(1);
});

it('an erasure that is killed before or behind any commit ends as if it were not', async () => {
  const { ref, settings, db } = await world();
  const transactor = { db, countDecision: () => undefined };
  let kills = 0;
  const killed = async () => {
    const dying = inTransaction(transactor, async (tx) => {
      await eraseMember(tx, settings, ref, 2);
      throw new Error('killed');
    });
    await expect(dying).rejects.toThrow('killed');
    kills += 1;
  };
  await killed();
  const done = await eraseAll(database, settings, ref, 2, killed);
  expect(kills).toBeGreaterThan(10);
  expect(await traces()).toEqual([]);
  expect(done).toMatchObject({ ok: true, value: { rows: { members: 1, survey_answers: 1, notices: 1 } } });
  expect(await readErasures(settings.listFile)).toHaveLength(1);
  const again = await eraseAll(database, settings, ref);
  expect(again.ok && again.value).toEqual(done.ok && done.value);
});

it('while a redemption is under way nothing is erased, and nothing changes', async () => {
  const { db, programId, memberId, ref, settings, play } = await world();
  const open = await seedRedemption(db, programId, memberId, { minor: 100n, method: 'manual' });
  const dump = [...(await dumpOf(database.ownerUrl))];
  expect(await eraseAll(database, settings, ref)).toMatchObject({ ok: false, code: 'redemption_under_way' });
  expect([...(await dumpOf(database.ownerUrl))]).toEqual(dump);
  await play.activities.reserveRedemption({
    programId,
    redemptionId: open.id,
    eventId: open.eventId,
    now_ms: T0_MS,
  });
  expect(await eraseAll(database, settings, ref)).toMatchObject({ code: 'redemption_under_way' });
  const of = { programId, redemptionId: open.id, now_ms: T0_MS };
  await play.activities.finishRedemption({ ...of, step: 'release', reason: null, providerRef: null });
  expect(await eraseAll(database, settings, ref)).toMatchObject({ ok: true });
});

it('a record of what was paid is sealed for the program’s years, and named in the report', async () => {
  const { db, programId, memberId, ref, settings } = await world(8);
  const done = await eraseAll(database, settings, ref);
  expect(await traces()).toEqual([]);
  const [held, ...more] = await db.heldPayout.findMany({ where: { programId, memberId } });
  if (held === undefined) throw new Error('nothing is held');
  expect(more).toEqual([]);
  const { redemptionId, until, sealed } = held;
  expect(done).toMatchObject({ value: { held: [{ redemptionId, until: until.toISOString() }] } });
  const record = unseal(heldSealKey(settings.ring, programId, redemptionId), sealed);
  expect(JSON.parse(record ?? '')).toMatchObject({
    email: WORDS.email,
    externalId: WORDS.alias,
    destination: { iban: WORDS.iban, name: WORDS.name },
  });
});

it('the database lets nobody give an erased member a name or an address again', async () => {
  const { db, programId, memberId, ref, settings } = await world();
  await eraseAll(database, settings, ref);
  const where = { programId_id: { programId, id: memberId } };
  const lateChanges = [{ email: 'late@example.com' }, { externalId: 'late' }, { displayName: 'Late' }];
  for (const data of [...lateChanges, { blockedAt: null, blockedReason: null }]) {
    await expect(db.member.update({ where, data })).rejects.toThrow();
  }
  await db.member.update({ where, data: { qualifiedReferrals: { increment: 1 } } });
});
