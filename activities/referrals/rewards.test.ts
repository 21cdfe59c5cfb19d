import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { nameId } from '../../platform/ids.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, T0_MS, useActivities } from '../../tests/support/play.ts';
import { milestoneRule, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

async function open(rules: Policy['rules'], changes: Partial<Policy> = {}) {
  const program = await playProgram(database, activities, testPolicy({ ...changes, rules }));
  const ann = await program.member('ann');
  const refer = async (subject: string, days = 0) => {
    await program.signUp(subject, { code: ann.code }, { at: at(days) });
    return await program.act(subject, { value: usd(5_000n), at: at(days) });
  };
  return { program, ann, refer };
}

test('a rule on the 2nd to 4th purchase pays for these and for no other', async () => {
  const trigger = { on: 'nth_event', event: 'purchase', from: 2, to: 4 } as const;
  const { program, ann, refer } = await open([testRule({ trigger })]);
  await refer('bob');
  const paid: bigint[] = [];
  for (let nth = 1; nth <= 5; nth += 1) {
    paid.push(await program.netRewards(ann.id));
    await program.act('bob', { value: usd(5_000n) });
  }
  expect(paid).toEqual([0n, 100n, 200n, 300n, 300n]);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 300n });
});

test('a rule on the 3rd purchase counts those between that earn nothing', async () => {
  const trigger = { on: 'nth_event', event: 'purchase', from: 3, to: 3 } as const;
  const { program, ann, refer } = await open([testRule({ trigger })]);
  await refer('bob');
  expect((await program.act('bob')).outcome).toMatchObject({ decision: 'accepted', rewards: [] });
  expect(await program.netRewards(ann.id)).toBe(0n);
  expect((await program.act('bob')).outcome).toMatchObject({ rewards: [{ granted: true }] });
  expect((await program.act('bob')).outcome).toMatchObject({ code: 'already_qualified' });
  expect(await program.netRewards(ann.id)).toBe(100n);
});

test('a percentage of the event’s value is rounded half to even and stops at its cap', async () => {
  const benefit = { kind: 'percentage', rate_bp: 1_000, cap: usd(300n) } as const;
  const trigger = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;
  const { program, ann } = await open([testRule({ trigger, benefit })]);
  await program.signUp('bob', { code: ann.code });
  const amounts: unknown[] = [];
  for (const minor of [25n, 35n, 1_234n, 2_999n, 99_999n]) {
    const { outcome } = await program.act('bob', { value: usd(minor) });
    amounts.push(outcome.rewards?.[0]?.amount);
  }
  expect(amounts).toEqual(['2', '4', '123', '300', '300'].map((minor) => ({ minor, unit: 'USD' })));
});

test('a percentage of a value in another unit is refused, and the referral still qualifies', async () => {
  const benefit = { kind: 'percentage', rate_bp: 1_000, cap: null } as const;
  const { program, ann } = await open([testRule({ benefit })]);
  await program.signUp('bob', { code: ann.code });
  const { outcome, snapshot } = await program.act('bob', { value: { minor: 5_000n, unit: 'EUR' } });
  expect(outcome.rewards).toMatchObject([{ granted: false, code: 'rate_missing' }]);
  expect(snapshot.stage).toBe('rewarded');
});

test('a cap clips a member’s rewards within its period and makes room again afterwards', async () => {
  const cap = { amount: usd(250n), count: null, period_days: 10 };
  const { program, ann, refer } = await open([testRule({ cap })]);
  const outcomes = [];
  for (const [subject, day] of [
    ['b', 0],
    ['c', 1],
    ['d', 2],
    ['e', 3],
    ['f', 11.5],
  ] as const) {
    outcomes.push((await refer(subject, day)).outcome.rewards?.[0]);
  }
  expect(outcomes.map((reward) => reward?.amount?.minor ?? reward?.code)).toEqual([
    '100',
    '100',
    '50',
    'cap_reached',
    '100',
  ]);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 350n });
});

test('a cap on the number of signup rewards holds, and is each referrer’s own', async () => {
  const cap = { amount: null, count: 2, period_days: null };
  const { program, ann } = await open([testRule({ trigger: { on: 'signed_up' }, cap })]);
  const cat = await program.member('cat');
  for (const subject of ['m1', 'm2', 'm3']) await program.signUp(subject, { code: ann.code });
  await program.signUp('m4', { code: cat.code });
  expect(await program.netRewards(ann.id)).toBe(200n);
  expect(await program.netRewards(cat.id)).toBe(100n);
});

test('two signups at once cannot both take the last room under a cap', async () => {
  const cap = { amount: null, count: 1, period_days: null };
  const { program, ann } = await open([testRule({ trigger: { on: 'signed_up' }, cap })]);
  await Promise.all(['m1', 'm2', 'm3', 'm4'].map((subject) => program.signUp(subject, { code: ann.code })));
  expect(await program.netRewards(ann.id)).toBe(100n);
});

test('a milestone is rewarded once, when the count reaches it, with its badge', async () => {
  const { program, ann, refer } = await open([
    milestoneRule('two', 2, { kind: 'fixed', amount: usd(700n) }),
    milestoneRule('star', 3, { kind: 'badge', label: 'star' }),
    milestoneRule('early', 3, { kind: 'perk', label: 'early' }),
  ]);
  const net: bigint[] = [];
  for (const subject of ['b', 'c', 'd', 'e']) {
    await refer(subject);
    net.push(await program.netRewards(ann.id));
  }
  expect(net).toEqual([0n, 700n, 700n, 700n]);
  const rewards = await program.db.reward.findMany({
    where: { programId: program.id },
    orderBy: { key: 'asc' },
  });
  expect(rewards.map(({ kind, label, unit, status }) => ({ kind, label, unit, status }))).toEqual(
    expect.arrayContaining([
      { kind: 'badge', label: 'star', unit: null, status: 'available' },
      { kind: 'perk', label: 'early', unit: null, status: 'available' },
    ]),
  );
  expect(rewards).toHaveLength(3);
});

test('both sides are rewarded, each by its own rule and hold', async () => {
  const { program, ann, refer } = await open([
    testRule({ id: 'giver', hold_days: 30 }),
    testRule({ id: 'taker', recipient: 'referred', benefit: { kind: 'fixed', amount: usd(40n) } }),
  ]);
  const { outcome } = await refer('bob');
  const bob = nameId('member', program.id, 'bob');
  expect(outcome.rewards).toMatchObject([
    { ruleId: 'giver', recipient: 'referrer', granted: true, amount: { minor: '100' } },
    { ruleId: 'taker', recipient: 'referred', granted: true, amount: { minor: '40' } },
  ]);
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 100n, available_minor: 0n });
  expect(await program.balance(bob)).toMatchObject({ pending_minor: 0n, available_minor: 40n });
  expect(await program.mature('bob', at(30).getTime())).toMatchObject({ stage: 'rewarded' });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 100n });
});

test('rules see the referrer’s count, at the signup too', async () => {
  const rule = testRule({ trigger: { on: 'signed_up' }, condition: 'referrer.qualified_count >= 1' });
  const { program, ann, refer } = await open([rule]);
  await refer('bob');
  expect(await program.netRewards(ann.id)).toBe(0n);
  await program.signUp('cat', { code: ann.code }, { at: at(1) });
  expect(await program.netRewards(ann.id)).toBe(100n);
});

test('a grant without room in the budget is refused, the others stand, the referral qualifies', async () => {
  const rules = [
    testRule({ id: 'big', benefit: { kind: 'fixed', amount: usd(900n) } }),
    testRule({ id: 'small', recipient: 'referred', benefit: { kind: 'fixed', amount: usd(50n) } }),
  ];
  const { program, ann, refer } = await open(rules, { budget: usd(500n) });
  const { outcome, snapshot } = await refer('bob');
  expect(outcome).toMatchObject({
    decision: 'accepted',
    rewards: [
      { ruleId: 'big', granted: false, code: 'budget_exhausted' },
      { ruleId: 'small', granted: true },
    ],
  });
  expect(snapshot.stage).toBe('rewarded');
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('available credit expires when its rule says, counted from maturity', async () => {
  const { program, ann, refer } = await open([testRule({ expires_days: 5 })]);
  await refer('bob');
  await activities.expireLots({ now_ms: T0_MS + 5 * 86_400_000 - 1 });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 100n });
  await activities.expireLots({ now_ms: T0_MS + 5 * 86_400_000 });
  await activities.expireLots({ now_ms: T0_MS + 5 * 86_400_000 });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n });
});
