import { expect, test } from 'vitest';
import { setBudget } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { engageProgram, grantTo, tellMember } from '../../tests/support/engage.ts';
import { at, footprint, playProgram, useActivities } from '../../tests/support/play.ts';
import { usd } from '../../tests/support/seed.ts';

const database = useDatabase({ poolMax: 50, isProved: true });
const activities = useActivities(database);

async function open() {
  const program = await playProgram(database, activities);
  await engageProgram(program.db, program.id);
  const ann = await program.member('ann');
  return { program, db: program.db, programId: program.id, memberId: ann.id };
}

test('fifty grants under one key at once grant once, and all get the first one’s answer', async () => {
  const { program, db, programId, memberId } = await open();
  const grants = await Promise.all(
    Array.from({ length: 50 }, () => grantTo(db, { programId, memberId, key: 'thanks:1' })),
  );
  expect(new Set(grants.map((grant) => grant.ok && grant.value.rewardId)).size).toBe(1);
  expect(await program.balance(memberId)).toMatchObject({ available_minor: 500n });
  expect(await db.reward.count({ where: { programId } })).toBe(1);
  expect(await db.outbox.count({ where: { programId, type: 'reward.granted' } })).toBe(1);
});

test('a grant beyond the budget is refused, writes only the notice of it, and is granted later', async () => {
  const { program, db, programId, memberId } = await open();
  const cap = (minor: bigint) => db.$transaction((tx) => setBudget(tx, programId, 'USD', minor));
  await cap(499n);
  const before = await footprint(db, programId);
  const grant = () => grantTo(db, { programId, memberId, key: 'thanks:1' });
  expect(await grant()).toMatchObject({ ok: false, code: 'budget_exhausted' });
  expect(await footprint(db, programId)).toEqual({ ...before, outbox: before.outbox + 2 });
  await cap(500n);
  expect(await grant()).toMatchObject({ ok: true });
  expect(await program.balance(memberId)).toMatchObject({ available_minor: 500n });
});

test('a badge costs no budget and is on record as the member’s', async () => {
  const { db, programId, memberId } = await open();
  const benefit = { kind: 'badge', label: 'Pioneer' } as const;
  const granted = await grantTo(db, { programId, memberId, key: 'badge:1', benefit });
  expect(granted).toMatchObject({ ok: true, value: { amount: null } });
  const row = await db.reward.findFirstOrThrow({ where: { programId } });
  expect(row).toMatchObject({ kind: 'badge', label: 'Pioneer', referralId: null, source: 'operator' });
});

test('a member’s own reward matures at its time and no sooner, once', async () => {
  const { program, db, programId, memberId } = await open();
  await grantTo(db, { programId, memberId, key: 'thanks:1', hold_days: 30 });
  const ref = { programId, memberId, now_ms: at(30).getTime() - 1 };
  expect(await activities.matureMember(ref)).toEqual({ due_at_ms: at(30).getTime() });
  expect(await program.balance(memberId)).toMatchObject({ pending_minor: 500n, available_minor: 0n });
  for (let time = 0; time < 2; time++) {
    expect(await activities.matureMember({ ...ref, now_ms: at(30).getTime() })).toEqual({ due_at_ms: null });
  }
  expect(await program.balance(memberId)).toMatchObject({ pending_minor: 0n, available_minor: 500n });
  expect(await db.outbox.count({ where: { programId, type: 'reward.available' } })).toBe(1);
});

test('a member’s own reward whose time passed without its workflow wakes that workflow once', async () => {
  const { db, programId, memberId } = await open();
  await grantTo(db, {
    programId,
    memberId,
    key: 'thanks:1',
    benefit: { kind: 'fixed', amount: usd(1n) },
    hold_days: 1,
  });
  await activities.wakeOverdue();
  await activities.wakeOverdue();
  const woken = await db.event.findMany({ where: { programId, type: 'member.overdue' } });
  expect(woken).toHaveLength(1);
  expect(woken[0]).toMatchObject({ workflowId: `member-${memberId}`, occurredAt: at(1) });
});

test('a message waits once for the member’s workflow, or never if the policy has no use for it', async () => {
  const { db, programId, memberId } = await open();
  for (let time = 0; time < 2; time++) await tellMember(db, programId, memberId, 'news:1');
  const where = { programId, type: 'member.told' };
  const told = await db.event.findMany({ where });
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ workflowId: `member-${memberId}`, payload: { message: 'news:1' } });
  await db.program.update({ where: { id: programId }, data: { engages: false } });
  await tellMember(db, programId, memberId, 'news:2');
  expect(await db.event.count({ where })).toBe(1);
});

test('a batch is closed once, and an event that was decided before keeps its outcome', async () => {
  const { db, programId, memberId } = await open();
  for (const key of ['news:1', 'news:2']) await tellMember(db, programId, memberId, key);
  const [first, second] = await db.event.findMany({
    where: { programId, type: 'member.told' },
    orderBy: { seq: 'asc' },
  });
  const eventIds = [first?.id ?? '', second?.id ?? ''];
  const refused = { decision: 'refused', code: 'not_triggered' };
  await db.event.updateMany({
    where: { id: eventIds[0] ?? '' },
    data: { state: 'decided', outcome: refused, decidedAt: at(0) },
  });
  for (let time = 0; time < 2; time++) {
    await activities.closeMemberEvents({ programId, memberId, now_ms: at(0).getTime(), eventIds });
  }
  const outcomes = await db.event.findMany({ where: { id: { in: eventIds } }, orderBy: { seq: 'asc' } });
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([refused, { decision: 'accepted' }]);
});
