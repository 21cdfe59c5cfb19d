import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { takeBackReward } from '../../engine/rewards/take-back.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { useDatabase } from '../../tests/support/database.ts';
import {
  at,
  footprint,
  type Play,
  type ProgramPlay,
  playProgram,
  T0_MS,
  useActivities,
} from '../../tests/support/play.ts';
import { fixedPolicy, seedRedemption, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

/** Ann has brought Bob, who has bought for 50.00. */
async function open(policy: Policy = fixedPolicy(500n, 10)) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  const { key } = await program.act('bob', { value: usd(5_000n) });
  const refund = (of: string, day: number, play: Play = {}) =>
    program.refund('bob', of, { at: at(day), ...play });
  return { program, ann, key, refund };
}

test('a refund of a refund gives back on hold what was on hold', async () => {
  const { program, ann, key, refund } = await open();
  const first = await refund(key, 1);
  const { outcome, snapshot } = await refund(first.key, 2);
  expect(outcome).toMatchObject({ decision: 'accepted', stage: 'qualified' });
  expect(snapshot).toMatchObject({
    stage: 'qualified',
    matures_at_ms: at(10).getTime(),
    rewards: { held: 1, reversed: 1 },
  });
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 500n, owed_minor: 0n });
  const member = await program.db.member.findFirstOrThrow({ where: { id: ann.id } });
  expect(member.qualifiedReferrals).toBe(1);
});

test('a dispute that is won long after its referral ended gives back what was lost', async () => {
  const { program, ann, key, refund } = await open(fixedPolicy(500n, 0));
  const lost = await refund(key, 20);
  await program.end('bob', at(90).getTime());
  const { outcome } = await refund(lost.key, 200);
  expect(outcome).toMatchObject({ decision: 'accepted', stage: 'rewarded' });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, owed_minor: 0n });
});

test('what the member owes for the refund is met first', async () => {
  const { program, ann, key, refund } = await open(fixedPolicy(500n, 0));
  const { id, eventId } = await seedRedemption(program.db, program.id, ann.id, { minor: 400n });
  await activities.reserveRedemption({ programId: program.id, redemptionId: id, now_ms: T0_MS, eventId });
  const first = await refund(key, 1);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: -400n });
  await refund(first.key, 2);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 100n, owed_minor: 0n });
});

const shares = testPolicy({
  rules: [
    testRule({
      id: 'share',
      trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
      benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
      hold_days: 10,
    }),
  ],
});

test.each([
  ['on hold', 2, 'pending_minor'],
  ['matured', 12, 'available_minor'],
] as const)(
  'the part of a percentage that is %s comes back to the same reward',
  async (_name, day, where) => {
    const { program, ann, key, refund } = await open(shares);
    const first = await refund(key, 1, { value: usd(2_000n) });
    const second = await refund(key, 1, { value: usd(1_000n) });
    await program.mature('bob', at(day).getTime());
    expect(await program.balance(ann.id)).toMatchObject({ [where]: 200n });
    const { outcome } = await refund(first.key, day);
    expect(outcome).toMatchObject({
      decision: 'accepted',
      trace: { restored: [{ amount: { minor: '200', unit: 'USD' } }] },
    });
    expect(await program.balance(ann.id)).toMatchObject({ [where]: 400n });
    await refund(second.key, day);
    expect(await program.balance(ann.id)).toMatchObject({ [where]: 500n });
    await refund(key, day + 1);
    expect(await program.balance(ann.id)).toMatchObject({
      pending_minor: 0n,
      available_minor: 0n,
      owed_minor: 0n,
    });
    expect(await program.db.reward.count({ where: { programId: program.id } })).toBe(1);
  },
);

test('a refund without a value stands for the whole, whatever else is taken back', async () => {
  const { program, ann, key, refund } = await open(shares);
  const part = await refund(key, 1, { value: usd(2_000n) });
  const whole = await refund(key, 2);
  await refund(part.key, 3);
  expect(await program.netRewards(ann.id)).toBe(0n);
  await refund(whole.key, 4);
  expect(await program.netRewards(ann.id)).toBe(500n);
});

test('the first purchase takes its place again from the one that took it over', async () => {
  const { program, ann, key, refund } = await open(fixedPolicy(500n, 0));
  await program.act('bob', { value: usd(7_000n), at: at(3) });
  const first = await refund(key, 4);
  expect(first.outcome).toMatchObject({ stage: 'rewarded' });
  const { outcome } = await refund(first.key, 5);
  expect(outcome).toMatchObject({
    decision: 'accepted',
    trace: { qualifies_instead_of: expect.any(String) },
  });
  const referral = await program.db.referral.findFirstOrThrow({ where: { programId: program.id } });
  expect(referral.qualifiedAt).toEqual(at(0));
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, owed_minor: 0n });
});

test('a milestone that the refund had cost is reached again, once', async () => {
  const { program, ann, key, refund } = await open(
    testPolicy({ rules: [testRule({ trigger: { on: 'milestone', count: 1 } })] }),
  );
  const reached = await program.netRewards(ann.id);
  expect(reached).toBeGreaterThan(0n);
  const first = await refund(key, 1);
  expect(await program.netRewards(ann.id)).toBe(0n);
  await refund(first.key, 2);
  expect(await program.netRewards(ann.id)).toBe(reached);
});

test.each([
  ['already_refunded', 'it was taken back before', { times: 2 }],
  ['refund_in_part', 'a part of it is named', { value: usd(1_000n) }],
  ['refund_too_large', 'more than it is named', { value: usd(3_000n) }],
  ['unit_mismatch', 'another unit is named', { value: { minor: 2_000n, unit: 'EUR' } }],
])('to take back a refund is refused with %s when %s, and changes nothing', async (code, _when, play) => {
  const { times = 1, ...value } = play as { times?: number } & Play;
  const { program, key, refund } = await open(shares);
  const first = await refund(key, 1, { value: usd(2_000n) });
  for (let time = 1; time < times; time += 1) await refund(first.key, 2);
  const before = await footprint(program.db, program.id);
  const { outcome } = await refund(first.key, 3, value);
  expect(outcome).toMatchObject({ decision: 'refused', code });
  expect(await footprint(program.db, program.id)).toEqual(before);
});

test('what takes a refund back cannot be taken back; the purchase is refunded anew', async () => {
  const { program, ann, key, refund } = await open(shares);
  const first = await refund(key, 1);
  const back = await refund(first.key, 2);
  expect((await refund(back.key, 3)).outcome).toMatchObject({ code: 'refund_of_unknown' });
  expect((await refund(key, 4)).outcome).toMatchObject({ decision: 'accepted' });
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('a repeated delivery of a refund of a refund gives nothing twice', async () => {
  const { program, ann, key, refund } = await open(shares);
  const first = await refund(key, 1, { value: usd(2_000n) });
  const back = await refund(first.key, 2);
  const before = await footprint(program.db, program.id);
  await program.again(back, 'bob');
  expect(await footprint(program.db, program.id)).toEqual(before);
  expect(await program.netRewards(ann.id)).toBe(500n);
});

const both = testPolicy({
  rules: [
    testRule({ benefit: { kind: 'fixed', amount: usd(1_000n) }, hold_days: 10 }),
    testRule({ id: 'star', benefit: { kind: 'badge', label: 'star' } }),
    ...shares.rules,
  ],
});

test.each([
  ['part', { value: usd(1_000n) }],
  ['whole', {}],
])('what an operator took back does not come back with a refund of a %s', async (_how, play) => {
  const { program, ann, key, refund } = await open(both);
  const where = { programId: program.id, status: { not: 'reversed' as const } };
  const held = await program.db.reward.findMany({ where });
  expect(held).toHaveLength(3);
  for (const { id: rewardId } of held) {
    await program.db.$transaction((tx: Tx) =>
      takeBackReward(tx, { programId: program.id, rewardId, occurred_at_ms: T0_MS, by: newId() }),
    );
  }
  const first = await refund(key, 1, play);
  expect((await refund(first.key, 2)).outcome).toMatchObject({ decision: 'accepted' });
  expect(await program.netRewards(ann.id)).toBe(0n);
  expect(await program.db.reward.count({ where })).toBe(0);
});

const setBlock = async ({ db, id }: ProgramPlay, memberId: string, isBlocked: boolean) =>
  db.member.update({
    where: { programId_id: { programId: id, id: memberId } },
    data: { blockedAt: isBlocked ? at(0) : null, blockedReason: isBlocked ? 'A reason.' : null },
  });

test('what was granted before a block comes back during it, on hold as it was', async () => {
  const { program, ann, key, refund } = await open(both);
  await setBlock(program, ann.id, true);
  const first = await refund(key, 1);
  await refund(first.key, 2);
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 1_500n });
});

test('what a block refused is not made up for by a refund that is taken back', async () => {
  const program = await playProgram(database, activities, both);
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  await setBlock(program, ann.id, true);
  const { key } = await program.act('bob', { value: usd(5_000n) });
  await setBlock(program, ann.id, false);
  const first = await program.refund('bob', key, { at: at(1) });
  await program.refund('bob', first.key, { at: at(2) });
  expect(await program.netRewards(ann.id)).toBe(0n);
  expect(await program.db.reward.count({ where: { programId: program.id } })).toBe(0);
});
