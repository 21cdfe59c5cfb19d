import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { grantTo } from '../../tests/support/engage.ts';
import { at, DAY_MS, playProgram, testActivities, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, seedEvent, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

/** A program that pays the referrer 10.00, thirty days after the purchase, and Ann has one on hold. */
async function open() {
  const program = await playProgram(database, activities, fixedPolicy(1_000n, 30));
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  const { outcome } = await program.act('bob', { value: usd(9_900n) });
  expect(outcome.rewards).toMatchObject([{ granted: true }]);
  const { id: programId, db } = program;
  const memberId = ann.id;
  /** Carries out an operator's word on Ann, on a day. */
  const say = async (type: 'member.blocked' | 'member.unblocked', day: number, pending?: string) => {
    const payload = { actor: 'key:1', note: 'A reason.', ...(pending === undefined ? {} : { pending }) };
    const { id } = await seedEvent(db, programId, { type, payload, at: at(day) });
    const ref = { programId, memberId, eventIds: [id], now_ms: at(day).getTime() };
    await activities.decideMember(ref);
    return ref;
  };
  return { program, db, programId, memberId, ann, say };
}

const callsOf = async ({ db, programId }: Awaited<ReturnType<typeof open>>) =>
  await db.event.count({ where: { programId, type: 'referral.overdue' } });

test('what a block holds outlives its time, keeps its referral open, and matures when released', async () => {
  const played = await open();
  const { program, memberId, say } = played;
  await grantTo(played.db, { ...played, key: 'own', hold_days: 30 });
  await say('member.blocked', 1);
  const later = at(60).getTime();
  expect(await program.mature('bob', later)).toMatchObject({ matures_at_ms: null, rewards: { held: 1 } });
  expect(await activities.matureMember({ ...played, now_ms: later })).toEqual({ due_at_ms: null });
  await program.end('bob', Date.now());
  expect(await activities.wakeOverdue()).toEqual({ woken: 0 });
  const kept = await program.end('bob', Date.now() + DAY_MS * 3);
  expect(kept).toMatchObject({ stage: 'qualified', rewards: { held: 1 } });
  expect(await program.balance(memberId)).toMatchObject({ pending_minor: 1_500n, available_minor: 0n });

  await say('member.unblocked', 61, 'release');
  expect(await callsOf(played)).toBe(1);
  expect(await program.mature('bob', at(61).getTime())).toMatchObject({ stage: 'rewarded' });
  await activities.matureMember({ ...played, now_ms: at(61).getTime() });
  expect(await program.balance(memberId)).toMatchObject({ pending_minor: 0n, available_minor: 1_500n });
});

test('of more on hold than one transaction cancels, all is cancelled, once', async () => {
  const played = await open();
  const { program, db, programId, memberId, say } = played;
  for (let nth = 0; nth < 120; nth += 1) await grantTo(db, { ...played, key: `own:${nth}`, hold_days: 30 });
  await say('member.blocked', 1);
  const ref = await say('member.unblocked', 2, 'cancel');
  expect(await program.balance(memberId)).toMatchObject({ pending_minor: 0n, available_minor: 0n });
  expect(await db.reward.count({ where: { programId, status: 'reversed' } })).toBe(121);
  const postings = await db.ledgerTransaction.count({ where: { programId } });
  await activities.decideMember(ref);
  expect(await db.ledgerTransaction.count({ where: { programId } })).toBe(postings);
  expect(await db.outbox.count({ where: { programId, type: 'member.unblocked' } })).toBe(1);
});

/** Activities of a worker that is killed before its second transaction. */
function killedActivities() {
  let begun = 0;
  const db = new Proxy(database.db, {
    get(target, name) {
      if (name === '$transaction') begun += 1;
      if (begun === 2) throw new Error('killed');
      return Reflect.get(target, name, target);
    },
  });
  return testActivities({ ...database, db, url: database.url });
}

test('a worker killed between two parts of a cancel goes on where it stopped', async () => {
  const played = await open();
  const { program, db, programId, memberId, say } = played;
  for (let nth = 0; nth < 120; nth += 1) await grantTo(db, { ...played, key: `own:${nth}`, hold_days: 30 });
  await say('member.blocked', 1);
  const payload = { actor: 'key:1', note: 'A reason.', pending: 'cancel' };
  const { id } = await seedEvent(db, programId, { type: 'member.unblocked', payload, at: at(2) });
  const ref = { programId, memberId, eventIds: [id], now_ms: at(2).getTime() };
  const reversed = () => db.reward.count({ where: { programId, status: 'reversed' } });
  await expect(killedActivities().decideMember(ref)).rejects.toThrow();
  expect(await reversed()).toBe(100);
  const member = await db.member.findFirstOrThrow({ where: { programId, id: memberId } });
  expect(member.blockedAt).not.toBeNull();
  await activities.decideMember(ref);
  expect(await reversed()).toBe(121);
  expect(await program.balance(memberId)).toMatchObject({ pending_minor: 0n, available_minor: 0n });
  expect(await db.outbox.count({ where: { programId, type: 'member.unblocked' } })).toBe(1);
});

test('a referral whose rewards were cancelled takes a refund, and nothing is left to take back', async () => {
  const { program, memberId, say, ann } = await open();
  const { key } = await program.act('bob', { value: usd(100n) });
  await say('member.blocked', 1);
  await say('member.unblocked', 2, 'cancel');
  await program.signUp('cat', { code: ann.code });
  const order = await program.act('cat', { value: usd(9_900n), at: at(2) });
  expect(order.outcome.rewards).toMatchObject([{ granted: true }]);
  await program.refund('cat', order.key, { at: at(3) });
  expect((await program.refund('bob', key, { at: at(3) })).state).toBe('decided');
  expect(await program.balance(memberId)).toMatchObject({ pending_minor: 0n, owed_minor: 0n });
});

test('two operators at once: one blocks, the other hears that the member is blocked', async () => {
  const { db, programId, memberId } = await open();
  const payload = { actor: 'key:1', note: 'A reason.' };
  const events = [];
  for (let nth = 0; nth < 2; nth += 1) {
    events.push(await seedEvent(db, programId, { type: 'member.blocked', payload, at: at(1) }));
  }
  await Promise.all(
    events.map(({ id }) =>
      activities.decideMember({ programId, memberId, eventIds: [id], now_ms: at(1).getTime() }),
    ),
  );
  const outcomes = await db.event.findMany({ where: { programId, type: 'member.blocked' } });
  const codes = outcomes.map(({ outcome }) => (outcome as { code?: string }).code ?? 'accepted');
  expect(codes.sort()).toEqual(['accepted', 'member_blocked']);
});
