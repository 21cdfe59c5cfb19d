import { expect, test } from 'vitest';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, seedRedemption, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function open(policy = fixedPolicy(500n, 10)) {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  const refer = async (subject: string) => {
    await program.signUp(subject, { code: ann.code });
    return await program.act(subject, { value: usd(5_000n) });
  };
  return { program, ann, refer };
}

test('a refund does not take back what an operator took, nor grant it anew by another purchase', async () => {
  const { program, ann, refer } = await open();
  const { key } = await refer('bob');
  expect((await program.correct('bob', 'taken_back')).snapshot).toMatchObject({
    stage: 'rewarded',
    rewards: { held: 0, reversed: 1 },
  });
  await program.act('bob', { at: at(1) });
  // The second purchase takes the place of the first.
  const refund = await program.refund('bob', key, { at: at(2) });
  expect(refund.outcome).toMatchObject({
    stage: 'rewarded',
    rewards: [{ granted: false, code: 'operator_refused' }],
    trace: { reversed: [] },
  });
  expect(await program.netRewards(ann.id)).toBe(0n);
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n, owed_minor: 0n });
});

test('a referral that is refunded and qualifies anew brings nothing back that an operator took', async () => {
  const { program, ann, refer } = await open();
  const { key } = await refer('bob');
  await program.correct('bob', 'taken_back');
  await program.refund('bob', key, { at: at(1) });
  const { outcome } = await program.act('bob', { at: at(2), value: usd(5_000n) });
  expect(outcome).toMatchObject({ rewards: [{ granted: false, code: 'operator_refused' }] });
  expect(await program.netRewards(ann.id)).toBe(0n);
});

test('what was spent is owed when it is taken back, and what was refunded is not taken twice', async () => {
  const share = testRule({ benefit: { kind: 'percentage', rate_bp: 1_000, cap: null }, hold_days: 0 });
  const { program, ann, refer } = await open(testPolicy({ rules: [share] }));
  const { key } = await refer('bob');
  await program.refund('bob', key, { value: usd(2_000n) });
  expect(await program.netRewards(ann.id)).toBe(300n);
  const { id, eventId } = await seedRedemption(program.db, program.id, ann.id, { minor: 200n });
  const ref = { programId: program.id, redemptionId: id, now_ms: at(1).getTime() };
  await activities.reserveRedemption({ ...ref, eventId });
  await program.correct('bob', 'taken_back', { at: at(1) });
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 0n, owed_minor: -200n });
  await program.refund('bob', key, { value: usd(3_000n), at: at(2) });
  expect(await program.balance(ann.id)).toMatchObject({ reserved_minor: 200n, owed_minor: -200n });
});

test('a reward that an operator holds is taken back by a refund, and its release is refused', async () => {
  const { program, ann, refer } = await open();
  const { key } = await refer('bob');
  await program.correct('bob', 'held');
  expect((await program.mature('bob', at(11).getTime())).matures_at_ms).toBeNull();
  await program.refund('bob', key, { at: at(12) });
  const { outcome } = await program.correct('bob', 'released', { at: at(13) });
  expect(outcome).toMatchObject({ decision: 'refused', code: 'already_resolved' });
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n, available_minor: 0n });
});

test('a referral that closed with a held reward pays it once it is released', async () => {
  const { program, ann, refer } = await open();
  await refer('bob');
  await program.correct('bob', 'held');
  expect((await program.end('bob', at(400).getTime())).stage).toBe('closed');
  const released = await program.correct('bob', 'released', { at: at(401) });
  expect(released.snapshot).toMatchObject({ stage: 'closed', matures_at_ms: at(10).getTime() });
  await program.mature('bob', at(401).getTime());
  await program.mature('bob', at(401).getTime());
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 500n });
});

test('a word that is handed over again changes nothing', async () => {
  const { program, refer } = await open();
  await refer('bob');
  for (const word of ['held', 'released', 'taken_back'] as const) {
    const first = await program.correct('bob', word);
    const count = () => program.db.ledgerTransaction.count({ where: { programId: program.id } });
    const before = [await count(), await program.db.reward.findMany({ where: { programId: program.id } })];
    expect(await program.again(first, 'bob')).toEqual(first);
    expect([await count(), await program.db.reward.findMany({ where: { programId: program.id } })]).toEqual(
      before,
    );
  }
});
