import { expect, test } from 'vitest';
import { setBudget } from '../../ledger/post.ts';
import { useMilestoneAwards } from '../../tests/support/milestone-awards.ts';
import { testMilestone } from '../../tests/support/milestones.ts';
import { at } from '../../tests/support/play.ts';

const { activities, open, available } = useMilestoneAwards();

test('a kept milestone stays, though its referral is refunded and comes again', async () => {
  const play = await open([testMilestone()]);
  await play.bring(2);
  await play.award();
  await play.program.refund('friend-1', 'order-friend-1', { at: at(1) });
  await play.award();
  await play.bring(1);
  await play.award();
  expect(await play.awards()).toMatchObject([{ step: '2', nth: 1, status: 'awarded' }]);
  expect(await available(play)).toBe(500n);
});

test('a reversible milestone is lost when the count falls below it, and earned anew', async () => {
  const play = await open([testMilestone({ reversible: true })]);
  await play.bring(2);
  await play.award();
  await play.program.refund('friend-1', 'order-friend-1', { at: at(1) });
  await Promise.all([play.award(), play.award(), play.award()]);
  expect(await play.awards()).toMatchObject([{ nth: 1, status: 'reversed', reason: 'below_threshold' }]);
  expect(await play.program.balance(play.ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  await play.bring(1);
  await Promise.all([play.award(), play.award(), play.award()]);
  expect(await play.awards()).toMatchObject([
    { nth: 1, status: 'reversed' },
    { nth: 2, status: 'awarded' },
  ]);
  expect(await available(play)).toBe(500n);
});

test('a reversible milestone takes back from what is held, and no ended hold ends again', async () => {
  const play = await open([testMilestone({ reversible: true, hold_days: 30 })]);
  await play.bring(2);
  await play.award();
  expect(await play.program.balance(play.ann.id)).toMatchObject({ pending_minor: 500n });
  await play.program.refund('friend-1', 'order-friend-1', { at: at(1) });
  await play.award();
  expect(await play.program.balance(play.ann.id)).toMatchObject({ pending_minor: 0n, available_minor: 0n });
  await activities.matureMember({ ...play.ref, now_ms: at(60).getTime() });
  expect(await play.program.balance(play.ann.id)).toMatchObject({ pending_minor: 0n, available_minor: 0n });
});

test('a badge that a reversible milestone earned is revoked with it', async () => {
  const thresholds = [{ at: 2, benefit: { kind: 'badge', label: 'Pair' } as const }];
  const play = await open([testMilestone({ reversible: true, thresholds })]);
  await play.bring(2);
  await play.award();
  await play.program.refund('friend-1', 'order-friend-1', { at: at(1) });
  await play.award();
  const badge = await play.program.db.reward.findFirstOrThrow({ where: { ...play.ref, kind: 'badge' } });
  expect(badge).toMatchObject({ status: 'reversed', source: 'milestone' });
});

test('an award that waits and is no longer reached is given up without a posting', async () => {
  const play = await open([testMilestone({ reversible: true })], 0n);
  await play.bring(2);
  await play.award();
  await play.program.refund('friend-1', 'order-friend-1', { at: at(1) });
  await play.program.db.$transaction((tx) => setBudget(tx, play.program.id, 'USD', 9_000n));
  await play.award();
  expect(await play.awards()).toMatchObject([{ status: 'reversed', rewardId: null }]);
  expect(await play.program.db.ledgerTransaction.count({ where: { programId: play.program.id } })).toBe(0);
});
