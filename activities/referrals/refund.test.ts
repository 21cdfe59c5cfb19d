import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, footprint, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, seedRedemption, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function open(policy: Policy = fixedPolicy(500n, 10)) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  const refer = async (subject: string, minor = 5_000n) => {
    await program.signUp(subject, { code: ann.code });
    return await program.act(subject, { value: usd(minor) });
  };
  return { program, ann, refer };
}

/** Reserves so much of a member's balance for a redemption, and names it. */
async function reserve(program: ProgramPlay, memberId: string, minor: bigint) {
  const { id, eventId } = await seedRedemption(program.db, program.id, memberId, { minor });
  const ref = { programId: program.id, redemptionId: id, now_ms: at(1).getTime() };
  await activities.reserveRedemption({ ...ref, eventId });
  return ref;
}

test('a refund before maturity takes what is held, and the referral may qualify again', async () => {
  const { program, ann, refer } = await open();
  const { key } = await refer('bob');
  const { outcome, snapshot } = await program.refund('bob', key, { at: at(1) });
  expect(outcome).toMatchObject({ decision: 'accepted', stage: 'signed_up' });
  expect(snapshot).toMatchObject({
    stage: 'signed_up',
    due_at_ms: at(90).getTime(),
    rewards: { held: 0, reversed: 1 },
  });
  expect(await program.balance(ann.id)).toMatchObject({
    pending_minor: 0n,
    available_minor: 0n,
    owed_minor: 0n,
  });
  const member = await program.db.member.findFirstOrThrow({ where: { id: ann.id } });
  expect(member.qualifiedReferrals).toBe(0);
});

test('a refund after maturity takes the reward from the balance', async () => {
  const { program, ann, refer } = await open();
  const { key } = await refer('bob');
  await program.mature('bob', at(10).getTime());
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
  await program.refund('bob', key, { at: at(11) });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
});

test('a refund after the balance was redeemed is owed, and later rewards net it first', async () => {
  const { program, ann, refer } = await open(fixedPolicy(500n, 0));
  const { key } = await refer('bob');
  const ref = await reserve(program, ann.id, 400n);
  await activities.finishRedemption({ ...ref, step: 'settle', reason: null, providerRef: 'p1' });
  await program.refund('bob', key, { at: at(2) });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: -400n });
  await refer('cat');
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 100n, owed_minor: 0n });
});

test('what is reserved for a redemption stays reserved, and the refund is owed', async () => {
  const { program, ann, refer } = await open(fixedPolicy(500n, 0));
  const { key } = await refer('bob');
  await reserve(program, ann.id, 500n);
  await program.refund('bob', key, { at: at(2) });
  expect(await program.balance(ann.id)).toMatchObject({ reserved_minor: 500n, owed_minor: -500n });
});

const percentage = testRule({
  id: 'share',
  trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
  benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
});

test('partial refunds take a percentage back in proportion, and together exactly all of it', async () => {
  const { program, ann, refer } = await open(testPolicy({ rules: [percentage] }));
  const { key } = await refer('bob', 999n);
  expect(await program.netRewards(ann.id)).toBe(100n);
  const net: bigint[] = [];
  for (const minor of [333n, 333n, 333n]) {
    await program.refund('bob', key, { value: usd(minor) });
    net.push(await program.netRewards(ann.id));
  }
  expect(net).toEqual([67n, 33n, 0n]);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
});

test('a partial refund of a held share leaves the rest held, and the rest matures', async () => {
  const { program, ann, refer } = await open(testPolicy({ rules: [{ ...percentage, hold_days: 10 }] }));
  const { key } = await refer('bob', 1_000n);
  await program.refund('bob', key, { value: usd(400n) });
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 60n });
  expect(await program.mature('bob', at(10).getTime())).toMatchObject({ stage: 'rewarded' });
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n, available_minor: 60n });
});

test('a partial refund that leaves less than the minimum unqualifies the referral', async () => {
  const qualification = { event: 'purchase', min_value: usd(1_000n), within_days: 90, condition: null };
  const { program, ann, refer } = await open(testPolicy({ qualification, rules: [testRule()] }));
  const { key } = await refer('bob', 1_500n);
  expect((await program.refund('bob', key, { value: usd(500n) })).snapshot.stage).toBe('rewarded');
  expect((await program.refund('bob', key, { value: usd(1n) })).snapshot.stage).toBe('signed_up');
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('a refund takes back what its purchase brought, and the earliest left takes its place', async () => {
  const { program, ann, refer } = await open(testPolicy({ rules: [percentage] }));
  const first = await refer('bob', 1_000n);
  const second = await program.act('bob', { value: usd(2_000n) });
  const third = await program.act('bob', { value: usd(4_000n) });
  expect((await program.refund('bob', second.key)).snapshot.stage).toBe('rewarded');
  expect(await program.netRewards(ann.id)).toBe(500n);
  expect((await program.refund('bob', first.key)).outcome).toMatchObject({
    stage: 'rewarded',
    trace: { qualified_by: third.id },
  });
  expect(await program.netRewards(ann.id)).toBe(400n);
  expect((await program.refund('bob', third.key)).outcome).toMatchObject({
    decision: 'accepted',
    stage: 'signed_up',
  });
  expect(await program.netRewards(ann.id)).toBe(0n);
  const member = await program.db.member.findFirstOrThrow({ where: { id: ann.id } });
  expect(member.qualifiedReferrals).toBe(0);
});

test('a reward of the signup stays when the purchase is refunded', async () => {
  const rules = [testRule(), testRule({ id: 'hello', trigger: { on: 'signed_up' }, hold_days: 20 })];
  const { program, ann, refer } = await open(testPolicy({ rules }));
  const { key } = await refer('bob');
  const { snapshot } = await program.refund('bob', key);
  expect(snapshot).toMatchObject({
    stage: 'signed_up',
    rewards: { held: 1 },
    matures_at_ms: at(20).getTime(),
  });
  expect(await program.mature('bob', at(20).getTime())).toMatchObject({
    stage: 'signed_up',
    rewards: { held: 0 },
  });
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n, available_minor: 100n });
});

test('a refund of a signup is no refund of an action', async () => {
  const { program, ann } = await open();
  const signup = await program.signUp('bob', { code: ann.code });
  const { outcome, snapshot } = await program.refund('bob', signup.key);
  expect(outcome).toMatchObject({ decision: 'refused', code: 'refund_of_unknown' });
  expect(snapshot.stage).toBe('signed_up');
});

test('a refused refund says why and changes nothing', async () => {
  const { program, refer } = await open();
  const bob = await refer('bob');
  await refer('cat');
  const expectRefused = async (code: string, subject: string, of: string, play = {}) => {
    const before = await footprint(program.db, program.id);
    expect((await program.refund(subject, of, play)).outcome).toMatchObject({ decision: 'refused', code });
    expect(await footprint(program.db, program.id)).toEqual(before);
  };
  await expectRefused('refund_of_unknown', 'bob', 'no-such-key');
  await expectRefused('refund_of_unknown', 'cat', bob.key);
  await expectRefused('refund_too_large', 'bob', bob.key, { value: usd(5_001n) });
  await expectRefused('unit_mismatch', 'bob', bob.key, { value: { minor: 1n, unit: 'EUR' } });
  await expectRefused('refund_too_late', 'bob', bob.key, { at: at(31) });
  await program.refund('bob', bob.key);
  await expectRefused('already_refunded', 'bob', bob.key);
  await program.end('cat', at(40).getTime());
});

test('a refund counts by the times of both, even where the referral has closed before it comes', async () => {
  const { program, ann, refer } = await open(fixedPolicy(500n, 0));
  const { key } = await refer('bob');
  expect(await program.end('bob', at(30).getTime())).toMatchObject({ stage: 'closed' });
  expect((await program.refund('bob', key, { at: at(31) })).outcome).toMatchObject({
    code: 'refund_too_late',
  });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
  const late = await program.refund('bob', key, { at: at(29), now_ms: at(31).getTime() });
  expect(late).toMatchObject({ outcome: { decision: 'accepted' }, snapshot: { stage: 'signed_up' } });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n });
});

test('refund_days count from the purchase that is refunded, not from the first', async () => {
  const { program, ann, refer } = await open(testPolicy({ rules: [percentage] }));
  await refer('bob', 1_000n);
  const second = await program.act('bob', { at: at(29), value: usd(2_000n) });
  await program.end('bob', at(30).getTime());
  expect((await program.refund('bob', second.key, { at: at(35) })).outcome).toMatchObject({
    decision: 'accepted',
    stage: 'closed',
  });
  expect(await program.netRewards(ann.id)).toBe(100n);
});

test('a milestone’s reward goes back when the count falls below it, whichever referral is lost', async () => {
  const rule = testRule({ trigger: { on: 'milestone', count: 2 }, hold_days: 10 });
  const { program, ann, refer } = await open(testPolicy({ rules: [rule] }));
  const bob = await refer('bob');
  await refer('cat');
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 100n });
  await program.refund('bob', bob.key);
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n });
});

test('a referral whose purchase was refunded ends as reversed when its time to qualify is over', async () => {
  const { program, ann, refer } = await open();
  const { key } = await refer('bob');
  await program.refund('bob', key, { at: at(1) });
  expect(await program.end('bob', at(90).getTime())).toMatchObject({ stage: 'reversed', reason: 'refunded' });
  await refer('cat');
  const late = await program.refund('cat', (await program.act('cat')).key, { now_ms: at(5).getTime() });
  expect(late.snapshot.stage).toBe('qualified');
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 500n });
});

test('a refund after the time to qualify ends the referral; a purchase of before still counts', async () => {
  const { program, ann, refer } = await open(fixedPolicy(500n, 0, { refund_days: 120 }));
  const { key } = await refer('bob');
  const { snapshot } = await program.refund('bob', key, { at: at(91) });
  expect(snapshot).toMatchObject({ stage: 'reversed', reason: 'refunded' });
  const after = { at: at(91), value: usd(5_000n) };
  expect((await program.act('bob', after)).outcome).toMatchObject({ code: 'referral_ended' });
  const before = { at: at(89), value: usd(5_000n), now_ms: at(92).getTime() };
  expect((await program.act('bob', before)).outcome).toMatchObject({
    decision: 'accepted',
    stage: 'rewarded',
  });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});
