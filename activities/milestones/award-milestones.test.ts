import { expect, test } from 'vitest';
import type { Milestone } from '../../domain/milestones/policy.ts';
import { money } from '../../domain/money.ts';
import { setBudget } from '../../ledger/post.ts';
import { now_ms, useMilestoneAwards } from '../../tests/support/milestone-awards.ts';
import { milestonePolicy, playMilestones, testMilestone } from '../../tests/support/milestones.ts';
import { at, footprint } from '../../tests/support/play.ts';
import { publishPolicy, usd } from '../../tests/support/seed.ts';

const { database, activities, open, available } = useMilestoneAwards();

test('a milestone is awarded once it is reached, with the reward, its reason and one message', async () => {
  const play = await open([testMilestone()]);
  await play.bring(1);
  expect(await play.award()).toEqual({ due_at_ms: null });
  expect(await play.awards()).toEqual([]);
  await play.bring(1);
  await play.award();
  const [award] = await play.awards();
  expect(award).toMatchObject({ milestoneId: 'pair', step: '2', nth: 1, value: 2n, status: 'awarded' });
  const reward = await play.program.db.reward.findFirstOrThrow({ where: { id: award?.rewardId ?? '' } });
  expect(reward).toMatchObject({ source: 'milestone', referralId: null, ruleId: 'milestone:pair' });
  expect(reward.trace).toMatchObject({
    rule: { id: 'pair' },
    facts: { measure: 'qualified_referrals', value: '2', unit: null },
    steps: [{ step: 'threshold_reached', passed: true, result: '2' }],
  });
  expect(await available(play)).toBe(500n);
  const where = { programId: play.program.id, type: 'milestone.reached' };
  expect(await play.program.db.outbox.findMany({ where })).toMatchObject([
    {
      members: [play.ann.id],
      payload: { milestoneId: 'pair', step: '2', at: 2, amount: null, status: 'awarded' },
    },
  ]);
});

test('fifty who award one member at once award once', async () => {
  const play = await open([testMilestone()]);
  await play.bring(2);
  await Promise.all(Array.from({ length: 50 }, () => play.award()));
  expect(await play.awards()).toHaveLength(1);
  expect(await available(play)).toBe(500n);
  const where = { programId: play.program.id, type: 'milestone.reached' };
  expect(await play.program.db.outbox.count({ where })).toBe(1);
});

test('awarding again changes nothing', async () => {
  const play = await open([testMilestone()]);
  await play.bring(3);
  await play.award();
  const before = await footprint(play.program.db, play.program.id);
  expect(await play.award()).toEqual({ due_at_ms: null });
  expect(await footprint(play.program.db, play.program.id)).toEqual(before);
});

test('a repeating milestone is awarded at each further turn, all that were passed, each once', async () => {
  const play = await open([testMilestone({ repeat: { every: 2 } })]);
  await play.bring(7);
  await play.award();
  expect((await play.awards()).map(({ step }) => step)).toEqual(['2', '4', '6']);
  await play.bring(1);
  await play.award();
  expect((await play.awards()).map(({ step }) => step)).toEqual(['2', '4', '6', '8']);
  expect(await available(play)).toBe(2_000n);
});

test('what the budget has no room for waits on record, is told once, and granted once it fits', async () => {
  const play = await open([testMilestone({ repeat: { every: 2 } })], 700n);
  await play.bring(4);
  await play.award();
  await play.award();
  expect(await play.awards()).toMatchObject([
    { step: '2', status: 'awarded' },
    { step: '4', status: 'waiting', reason: 'budget_exhausted', rewardId: null },
  ]);
  const told = () =>
    play.program.db.outbox.count({ where: { programId: play.program.id, type: 'milestone.reached' } });
  expect(await told()).toBe(2);
  await play.program.db.$transaction((tx) => setBudget(tx, play.program.id, 'USD', 1_000n));
  await Promise.all([play.award(), play.award(), play.award()]);
  expect(await play.awards()).toMatchObject([{ status: 'awarded' }, { status: 'awarded', reason: null }]);
  expect(await available(play)).toBe(1_000n);
  expect(await told()).toBe(2);
});

test('an award that waits is granted under the version it was reached in, whatever came later', async () => {
  const play = await open([testMilestone()], 0n);
  await play.bring(2);
  await play.award();
  const cheaper = testMilestone({ thresholds: [{ at: 9, benefit: { kind: 'fixed', amount: usd(1n) } }] });
  await publishPolicy(play.program.db, play.program.id, milestonePolicy([cheaper], { budget: usd(900n) }), 2);
  await play.award();
  expect(await play.awards()).toMatchObject([{ step: '2', status: 'awarded', policyVersion: 1 }]);
  expect(await available(play)).toBe(500n);
});

test('a policy published later awards what was reached before, and nothing a second time', async () => {
  const play = await open([testMilestone()]);
  await play.bring(3);
  await play.award();
  const thresholds = [1, 2, 3].map((count) => ({
    at: count,
    benefit: { kind: 'perk', label: `Of ${count}` } as const,
  }));
  await publishPolicy(play.program.db, play.program.id, milestonePolicy([testMilestone({ thresholds })]), 2);
  await play.award();
  expect(await play.awards()).toMatchObject([
    { step: '1', policyVersion: 2 },
    { step: '2', policyVersion: 1 },
    { step: '3', policyVersion: 2 },
  ]);
});

test('revenue counts what referrals brought in the milestone’s unit, less refunds', async () => {
  const revenue: Milestone = {
    ...testMilestone(),
    recipient: 'referrer',
    measure: 'revenue',
    thresholds: [{ at: money(5_000n, 'USD'), benefit: { kind: 'fixed', amount: usd(500n) } }],
    repeat: 'once',
  };
  const play = await open([revenue]);
  await play.bring(2, 2_500n);
  await play.program.refund('friend-1', 'order-friend-1', { value: usd(1n), at: at(1) });
  await play.award();
  expect(await play.awards()).toEqual([]);
  await play.bring(1, 2_500n);
  await play.program.refund('friend-2', 'order-friend-2', { at: at(1) });
  await play.award();
  expect(await play.awards()).toEqual([]);
  await play.bring(1, 1n);
  await play.award();
  expect(await play.awards()).toMatchObject([{ step: '5000-USD', value: 5_000n, unit: 'USD' }]);
});

test('points count all that was ever granted, less what was taken back, spent or not', async () => {
  const points: Milestone = {
    ...testMilestone(),
    recipient: 'member',
    measure: 'points',
    thresholds: [{ at: money(1_000n, 'PTS'), benefit: { kind: 'badge', label: 'A thousand' } }],
    repeat: 'once',
  };
  const pay = { thresholds: [{ at: 1, benefit: { kind: 'fixed', amount: money(600n, 'PTS') } as const }] };
  const policy = milestonePolicy([points, testMilestone({ ...pay, id: 'each', repeat: { every: 1 } })], {
    unit: 'PTS',
  });
  const play = await playMilestones(database, activities, policy);
  await play.bring(1);
  await activities.awardMilestones({ ...play.ref, now_ms });
  expect(await play.awards()).toMatchObject([{ milestoneId: 'each' }]);
  await play.bring(1);
  await activities.awardMilestones({ ...play.ref, now_ms });
  const badge = await play.program.db.milestoneAward.findFirst({
    where: { ...play.ref, milestoneId: 'pair' },
  });
  expect(badge).toMatchObject({ step: '1000-PTS', value: 1_200n, status: 'awarded' });
});

test('a program that is paused awards nothing, and awards it when it is live again', async () => {
  const play = await open([testMilestone()]);
  await play.bring(2);
  const set = (status: 'paused' | 'live') =>
    play.program.db.program.update({ where: { id: play.program.id }, data: { status } });
  await set('paused');
  await play.award();
  expect(await play.awards()).toEqual([]);
  await set('live');
  await play.award();
  expect(await play.awards()).toHaveLength(1);
});

test('a member of another program has nothing of it', async () => {
  const [play, other] = [await open([testMilestone()]), await open([testMilestone()])];
  await play.bring(2);
  await activities.awardMilestones({ programId: other.program.id, memberId: play.ann.id, now_ms });
  expect(await play.awards()).toEqual([]);
  expect(await other.program.db.milestoneAward.count({ where: { programId: other.program.id } })).toBe(0);
});
