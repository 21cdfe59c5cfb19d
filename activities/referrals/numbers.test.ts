import { expect, test } from 'vitest';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { judgeRefused } from '../../engine/referrals/again.ts';
import { setBudget } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { seedEvent, testPolicy, testRule, usd } from '../../tests/support/seed.ts';
import { TURNS_MAX } from './ranks.ts';

/** What a late action changes by the numbers that it moves, where conditions ask for them. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const each = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;
const even = testRule({
  id: 'even',
  trigger: each,
  benefit: { kind: 'fixed', amount: usd(100n) },
  condition: 'event.ordinal % 2 == 0',
});

const policyOf = (rules: readonly ReturnType<typeof testRule>[], condition: string | null = null) =>
  testPolicy({
    earning_days: 60,
    qualification: { event: 'purchase', min_value: usd(2_000n), within_days: 30, condition },
    rules,
  });

async function play(policy: ReturnType<typeof policyOf>) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  return { program, ann };
}

const buy = (program: ProgramPlay, day: number, minor = 5_000n) =>
  program.act('bob', { key: keyOf(program, day), at: at(day), value: usd(minor), now_ms: at(29).getTime() });

const keyOf = ({ id }: ProgramPlay, day: number) => `${id}:${String(day).padStart(4, '0')}`;

/** The days of the purchases that have something of the rule. */
async function earning({ db, id }: ProgramPlay, ruleId = 'even') {
  const rewards = await db.reward.findMany({
    where: { programId: id, ruleId, status: { not: 'reversed' } },
    orderBy: { grantedAt: 'asc' },
  });
  return rewards.map(({ grantedAt }) => (grantedAt.getTime() - at(0).getTime()) / 86_400_000);
}

test('each late purchase turns round what those after it have, under keys of its own', async () => {
  const { program } = await play(policyOf([even]));
  for (const day of [9, 8, 7, 6]) await buy(program, day);
  expect(await earning(program)).toEqual([7, 9]);
  await buy(program, 5);
  expect(await earning(program)).toEqual([6, 8]);
  const rewards = await program.db.reward.findMany({ where: { programId: program.id, ruleId: 'even' } });
  expect(new Set(rewards.map(({ key }) => key)).size).toBe(rewards.length);
});

test('a purchase that is decided again moves nothing again', async () => {
  const { program } = await play(policyOf([even]));
  await buy(program, 9);
  const late = await buy(program, 5);
  const before = await program.db.reward.findMany({ where: { programId: program.id } });
  await program.again(late, 'bob', at(29).getTime());
  expect(await program.db.reward.findMany({ where: { programId: program.id } })).toEqual(before);
});

test('the outcome of a late purchase names what it took back and what others earn by it', async () => {
  const { program } = await play(policyOf([even]));
  for (const day of [7, 8, 9]) await buy(program, day);
  const { outcome } = await buy(program, 5);
  expect(outcome.trace).toMatchObject({ reversed: [{ ruleId: 'even', amount: { minor: '100' } }] });
  expect(outcome.rewards).toMatchObject([
    { ruleId: 'even', granted: false, code: 'condition_false' },
    { ruleId: 'even', granted: true },
    { ruleId: 'even', granted: true },
  ]);
});

test('a reward on the first purchase goes when an earlier one comes that does not qualify', async () => {
  const first = testRule({
    id: 'first',
    benefit: { kind: 'fixed', amount: usd(700n) },
    condition: 'event.ordinal == 1',
  });
  const { program, ann } = await play(policyOf([first]));
  await buy(program, 9);
  expect(await program.netRewards(ann.id)).toBe(700n);
  const { outcome, snapshot } = await buy(program, 5, 999n);
  expect(outcome).toMatchObject({ decision: 'accepted', trace: { reversed: [{ ruleId: 'first' }] } });
  expect(snapshot.stage).toBe('rewarded');
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('a smaller purchase of before makes another number qualify, and one more lets it go again', async () => {
  const thanks = testRule({ id: 'thanks', benefit: { kind: 'fixed', amount: usd(700n) } });
  const { program, ann } = await play(policyOf([thanks], 'event.ordinal == 2'));
  expect((await buy(program, 9)).snapshot.stage).toBe('signed_up');
  const second = await buy(program, 5, 999n);
  expect(second.snapshot.stage).toBe('rewarded');
  expect(second.outcome.trace).toHaveProperty('qualified_by_number');
  const count = async () =>
    (await program.db.member.findFirstOrThrow({ where: { programId: program.id, id: ann.id } }))
      .qualifiedReferrals;
  expect(await count()).toBe(1);
  const third = await buy(program, 3, 999n);
  expect(third.snapshot).toMatchObject({ stage: 'signed_up', reason: null });
  expect(third.outcome.trace).toMatchObject({ unqualified_by_number: true });
  expect([await count(), await program.netRewards(ann.id)]).toEqual([0, 0n]);
  const told = await program.db.outbox.findMany({
    where: { programId: program.id, type: 'reward.reversed' },
  });
  expect(told.map(({ payload }) => (payload as { unqualified?: boolean }).unqualified)).toEqual([true]);
});

test('of the purchases of before each may be refunded, whether it earned anything or not', async () => {
  const thanks = testRule({ id: 'thanks', benefit: { kind: 'fixed', amount: usd(700n) } });
  const { program, ann } = await play(policyOf([thanks], 'event.ordinal == 2'));
  await buy(program, 9);
  const { outcome } = await program.refund('bob', keyOf(program, 9), { at: at(10) });
  expect(outcome.decision).toBe('accepted');
  const { snapshot } = await buy(program, 5);
  expect(snapshot).toMatchObject({ stage: 'signed_up', reason: 'refunded' });
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('an operator’s word on a reward outlasts the numbers that move', async () => {
  const { program } = await play(policyOf([even]));
  for (const day of [8, 9]) await buy(program, day);
  await program.correct('bob', 'taken_back', { at: at(29) });
  for (const day of [5, 4]) await buy(program, day);
  expect(await earning(program)).toEqual([5]);
});

test('a cap holds over all that one late purchase lets others earn', async () => {
  const cap = { amount: null, count: 2, period_days: null };
  const odd = testRule({ ...even, id: 'odd', condition: 'event.ordinal % 2 == 1', cap });
  const { program } = await play(policyOf([{ ...odd, condition: 'event.ordinal % 2 == 1' }]));
  for (const day of [5, 6, 7, 8, 9, 10]) await buy(program, day);
  expect(await earning(program, 'odd')).toEqual([5, 7]);
  await buy(program, 4);
  expect(await earning(program, 'odd')).toHaveLength(2);
});

test('what the budget refused is judged by the number that the action has by now', async () => {
  const second = { ...even, id: 'second', condition: 'event.ordinal == 2' };
  const policy = { ...policyOf([second]), budget: usd(1n) };
  const { program } = await play(policy);
  for (const day of [8, 9]) await buy(program, day);
  const { db, id } = program;
  const judged = async () => {
    const refused = await db.refusedReward.findMany({
      where: { programId: id },
      orderBy: { occurredAt: 'asc' },
    });
    const now = await judgeRefused(db, createPolicies(), id, refused);
    return now.map(({ judgement }) => (judgement.ok ? 'open' : judgement.code));
  };
  expect(await judged()).toEqual(['open']);
  await buy(program, 5);
  expect(await judged()).toEqual(['open', 'no_longer_earned']);
  await db.$transaction((tx) => setBudget(tx, id, 'USD', 1_000n));
  expect((await program.grantAgain('bob', { at: at(29) })).outcome.decision).toBe('accepted');
  expect(await earning(program, 'second')).toEqual([8]);
});

test('what an action has from before numbers moved is not granted twice, and may be refunded', async () => {
  const { program, ann } = await play(policyOf([even]));
  for (const day of [8, 9]) await buy(program, day);
  // As one was decided before numbers in conditions moved: the others kept what they had.
  const { id } = await seedEvent(program.db, program.id, {
    type: 'purchase',
    subject: 'bob',
    key: keyOf(program, 5),
    at: at(5),
    value: usd(5_000n),
  });
  const referral = await program.db.referral.findFirstOrThrow({ where: { programId: program.id } });
  await program.db.event.update({
    where: { programId_id: { programId: program.id, id } },
    data: {
      state: 'decided',
      decidedAt: at(9),
      outcome: { decision: 'accepted', referralId: referral.id, rewards: [] },
    },
  });
  expect(await earning(program)).toEqual([9]);
  await buy(program, 4);
  expect(await earning(program)).toEqual([5, 9]);
  for (const day of [9, 5]) {
    expect((await program.refund('bob', keyOf(program, day), { at: at(20) })).outcome.decision).toBe(
      'accepted',
    );
  }
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('one late purchase turns round a bounded number of answers, and says how many it left', async () => {
  const odd = { ...even, id: 'odd', condition: 'event.ordinal % 2 == 1' };
  const { program } = await play(policyOf([even, odd]));
  const days = TURNS_MAX / 2 + 2;
  const { db, id: programId } = program;
  const referral = await db.referral.findFirstOrThrow({ where: { programId } });
  for (let day = 10; day < 10 + days; day += 1) {
    const { id } = await seedEvent(db, programId, {
      type: 'purchase',
      subject: 'bob',
      key: keyOf(program, day),
      at: new Date(at(10).getTime() + day),
      value: usd(5_000n),
    });
    await db.event.update({
      where: { programId_id: { programId, id } },
      data: {
        state: 'decided',
        decidedAt: at(10),
        outcome: { decision: 'accepted', referralId: referral.id, rewards: [] },
      },
    });
  }
  const { outcome } = await buy(program, 5);
  expect(outcome.trace).toMatchObject({ numbers_left: 4 });
  const granted = await db.reward.count({ where: { programId, status: { not: 'reversed' } } });
  expect(granted).toBe(TURNS_MAX / 2 + 1);
  const [rest, ...none] = await program.recount(at(29).getTime());
  expect(rest?.outcome.trace ?? {}).not.toHaveProperty('numbers_left');
  expect(none).toEqual([]);
  expect(await db.reward.count({ where: { programId, status: { not: 'reversed' } } })).toBe(days + 1);
}, 120_000);
