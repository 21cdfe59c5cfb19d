import { expect, test } from 'vitest';
import type { Policy } from '../../domain/policies/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

/** A refund is taken back after its referral has moved to another referrer. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const eachPurchase = testPolicy({
  rules: [
    testRule({
      trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
      benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
    }),
  ],
});

/** As refunds were that did not say whose the referral was. */
const forgetWhose = (key: string) =>
  rawSql(
    database.ownerUrl,
    `SET session_replication_role = replica;
     UPDATE events SET outcome = outcome #- '{trace,referrer_id}' WHERE key = '${key}'`,
  );

/** Ann's friend buys for 50.00 and is refunded; the referral moves to Eve, and the refund is taken back. */
async function playedWhere(blocked: 'ann' | 'eve' | 'nobody', policy: Policy, isOld = false) {
  const program = await playProgram(database, activities, policy);
  const members = { ann: await program.member('ann'), eve: await program.member('eve') };
  if (blocked !== 'nobody') {
    const where = { programId_id: { programId: program.id, id: members[blocked].id } };
    await program.db.member.update({ where, data: { blockedAt: at(0), blockedReason: 'Several accounts.' } });
  }
  await program.signUp('bob', { code: members.ann.code });
  const { key } = await program.act('bob', { value: usd(5_000n) });
  const refund = await program.refund('bob', key, { at: at(1) });
  if (isOld) await forgetWhose(refund.key);
  await program.move('bob', members.eve.id, { at: at(2) });
  await program.refund('bob', refund.key, { at: at(3) });
  return [await program.netRewards(members.ann.id), await program.netRewards(members.eve.id)];
}

test.each([
  ['for qualifying', fixedPolicy(500n, 10)],
  ['for each purchase', eachPurchase],
])('a new referrer gets what a refund of before comes back to, %s', async (_which, policy) => {
  expect(await playedWhere('nobody', policy)).toEqual([0n, 500n]);
  expect(await playedWhere('nobody', policy, true)).toEqual([0n, 500n]);
  // What the first was refused by a block, no refund had to take.
  expect(await playedWhere('ann', policy)).toEqual([0n, 500n]);
});

test.each([
  ['for qualifying', fixedPolicy(500n, 10)],
  ['for each purchase', eachPurchase],
])('a new referrer who is blocked gets nothing by it, %s', async (_which, policy) => {
  expect(await playedWhere('eve', policy)).toEqual([0n, 0n]);
  expect(await playedWhere('eve', policy, true)).toEqual([0n, 0n]);
});
