import { expect, test } from 'vitest';
import type { Outcome } from '../../engine/events/outcome.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedInvitation } from '../../tests/support/invitations.ts';
import { at, footprint, playProgram, T0, T0_MS, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, referralIdOf, seedEvent, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const times = <T>(count: number, make: (nth: number) => T): T[] =>
  Array.from({ length: count }, (_, nth) => make(nth));

test('an event that is decided 20 times at once has one effect', async () => {
  const program = await playProgram(database, activities, fixedPolicy(500n, 30));
  const ann = await program.member('ann');
  const ref = { programId: program.id, referralId: referralIdOf(program.id, 'bob'), now_ms: T0_MS };
  const store = (type: string, extra = {}) =>
    seedEvent(program.db, program.id, { type, subject: 'bob', at: T0, ...extra });
  const signup = await store('signup', { payload: { code: ann.code } });
  await Promise.all(times(20, () => activities.signUp({ ...ref, eventId: signup.id })));
  const purchase = await store('purchase');
  await Promise.all(times(20, () => activities.recordAction({ ...ref, eventId: purchase.id })));
  await Promise.all(times(20, () => activities.matureRewards({ ...ref, now_ms: at(30).getTime() })));
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n, pending_minor: 0n });
  const refund = await store('refund', { refundOf: purchase.key });
  await Promise.all(times(20, () => activities.refundAction({ ...ref, eventId: refund.id })));
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: 0n });
  expect(await footprint(program.db, program.id)).toMatchObject({
    referrals: 1,
    rewards: 1,
    postings: 3,
    outbox: 5,
  });
});

test('20 referrals at once with a budget for 7 all qualify, get 7 rewards, overspend nothing', async () => {
  const program = await playProgram(
    database,
    activities,
    testPolicy({ rules: [testRule({ hold_days: 10 })], budget: usd(750n) }),
  );
  const subjects = times(20, (nth) => `m${nth}`);
  for (const subject of subjects) {
    const referrer = await program.member(`r-${subject}`);
    await program.signUp(subject, { code: referrer.code });
  }
  const decided = await Promise.all(subjects.map((subject) => program.act(subject)));
  const rewards = decided.map(({ outcome }) => outcome.rewards?.[0]);
  expect(decided.every(({ outcome }) => outcome.decision === 'accepted')).toBe(true);
  expect(rewards.filter((reward) => reward?.granted)).toHaveLength(7);
  expect(rewards.filter((reward) => reward?.code === 'budget_exhausted')).toHaveLength(13);
  const granted = await program.db.reward.aggregate({
    where: { programId: program.id },
    _sum: { amountMinor: true },
  });
  expect(granted._sum.amountMinor).toBe(700n);
});

test('20 referrals of one referrer that qualify at once are counted 1 to 20, each number once', async () => {
  const program = await playProgram(database, activities);
  const ann = await program.member('ann');
  const subjects = times(20, (nth) => `m${nth}`);
  for (const [nth, subject] of subjects.entries()) {
    await program.signUp(subject, { code: ann.code }, { at: at(nth / 10) });
  }
  await Promise.all(subjects.map((subject) => program.act(subject, { at: at(3) })));
  const told = await program.db.outbox.findMany({
    where: { programId: program.id, type: 'referral.qualified' },
  });
  const numbers = told.map(({ payload }) => (payload as { nth: number }).nth);
  expect(numbers.sort((a, b) => a - b)).toEqual(times(20, (nth) => nth + 1));
  expect(await program.netRewards(ann.id)).toBe(4_000n);
});

test('two members who refer each other and earn from each other’s purchases do not deadlock', async () => {
  const trigger = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;
  const rules = [
    testRule({ id: 'giver', trigger }),
    testRule({ id: 'taker', trigger, recipient: 'referred' }),
  ];
  const program = await playProgram(database, activities, testPolicy({ rules }));
  const ann = await program.member('ann');
  const bob = await program.member('bob');
  await program.signUp('bob', { code: ann.code });
  await program.signUp('ann', { code: bob.code });
  await Promise.all(times(20, (nth) => program.act(nth % 2 === 0 ? 'ann' : 'bob')));
  for (const member of [ann, bob]) {
    expect(await program.balance(member.id)).toMatchObject({ available_minor: 2_000n });
  }
});

test('a member who signs up through two referrers at once is referred by one alone', async () => {
  const program = await playProgram(database, activities, fixedPolicy(500n, 30));
  const ann = await program.member('ann');
  for (let round = 0; round < 6; round += 1) {
    const subject = `m${round}`;
    const invitation = await seedInvitation(program.db, program.id, ann, T0);
    const ref = { programId: program.id, referralId: invitation.id, now_ms: T0_MS };
    await activities.issueInvitation({ ...ref, eventId: invitation.eventId });
    const cat = await program.member(`cat${round}`);
    const both = await Promise.all([
      program.signUp(subject, { code: invitation.code }, { referralId: invitation.id }),
      program.signUp(subject, { code: cat.code }),
    ]);
    const outcomes = both.map(({ outcome }) => outcome);
    expect(outcomes.filter(({ decision }) => decision === 'accepted')).toHaveLength(1);
    expect(outcomes.find(({ decision }) => decision === 'refused')).toMatchObject({
      code: 'already_attributed',
    });
  }
});

test('a refund that takes a milestone back while it matures leaves nothing behind', async () => {
  const rule = testRule({ trigger: { on: 'milestone', count: 2 }, hold_days: 1 });
  const program = await playProgram(database, activities, testPolicy({ rules: [rule] }));
  for (let round = 0; round < 6; round += 1) {
    const referrer = await program.member(`r${round}`);
    for (const subject of [`b${round}`, `c${round}`]) {
      await program.signUp(subject, { code: referrer.code });
      await program.act(subject, { key: `buy-${subject}` });
    }
    expect(await program.balance(referrer.id)).toMatchObject({ pending_minor: 100n });
    await Promise.all([
      program.refund(`b${round}`, `buy-b${round}`, { at: at(1) }),
      program.mature(`c${round}`, at(1).getTime()),
    ]);
    const { pending_minor, available_minor, owed_minor } = await program.balance(referrer.id);
    expect([pending_minor, available_minor, owed_minor]).toEqual([0n, 0n, 0n]);
    expect(await program.netRewards(referrer.id)).toBe(0n);
  }
});

test('two partial refunds at once never take back more than there is', async () => {
  const benefit = { kind: 'percentage', rate_bp: 1_000, cap: null } as const;
  const trigger = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;
  const program = await playProgram(
    database,
    activities,
    testPolicy({ rules: [testRule({ benefit, trigger })] }),
  );
  const ann = await program.member('ann');
  await program.signUp('bob', { code: ann.code });
  const { key } = await program.act('bob', { value: usd(1_000n) });
  const decided = await Promise.all(times(5, () => program.refund('bob', key, { value: usd(400n) })));
  const codes = decided.map(({ outcome }: { outcome: Outcome }) => outcome.code ?? 'accepted').sort();
  expect(codes).toEqual(['accepted', 'accepted', 'refund_too_large', 'refund_too_large', 'refund_too_large']);
  expect(await program.netRewards(ann.id)).toBe(20n);
});
