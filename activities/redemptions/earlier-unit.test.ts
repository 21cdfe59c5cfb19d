import { expect, test } from 'vitest';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { balancesOf } from '../../ledger/balances.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { eur } from '../../tests/support/rates.ts';
import { publishPolicy, seedRedemption, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);
type Unit = 'USD' | 'EUR';

/** A program of dollars, ann, and what refers others to her; `change` publishes the same rules in euros. */
async function open(rulesIn: (unit: Unit) => readonly Rule[], changes: Partial<Policy> = {}) {
  const policyIn = (unit: Unit): Policy => ({ ...builtinPolicy(unit), rules: rulesIn(unit), ...changes });
  const program = await playProgram(database, activities, policyIn('USD'));
  const ann = await program.member('ann');
  const refer = async (subject: string, days = 0) => {
    await program.signUp(subject, { code: ann.code, at: at(days) });
    return await program.act(subject, { at: at(days) });
  };
  const available = async () => {
    const balances = await balancesOf(program.db, program.id, ann.id, at(20));
    return Object.fromEntries(balances.map(({ unit, available_minor }) => [unit, available_minor]));
  };
  const change = () => publishPolicy(program.db, program.id, policyIn('EUR'), 2);
  return { program, ann, refer, available, change };
}

const thanks = (unit: Unit, changes: Partial<Rule> = {}): Rule =>
  testRule({ benefit: { kind: 'fixed', amount: { minor: 2_000n, unit } }, ...changes });

test('what is on hold in a unit that the policy left matures, and its last limits redeem it', async () => {
  const { program, ann, refer, available, change } = await open((unit) => [thanks(unit, { hold_days: 10 })]);
  await refer('bob');
  await change();
  await refer('cat');
  await program.mature('bob', at(10).getTime());
  expect(await available()).toEqual({ USD: 2_000n, EUR: 0n });
  const { id, eventId } = await seedRedemption(program.db, program.id, ann.id, { minor: 1_500n });
  const ref = { programId: program.id, redemptionId: id, now_ms: at(11).getTime() };
  // 15.00 dollars are below what the dollar's last version lets pass without an operator.
  expect(await activities.reserveRedemption({ ...ref, eventId })).toMatchObject({ status: 'paying' });
  await activities.finishRedemption({ ...ref, step: 'settle', reason: null, providerRef: 'p1' });
  expect(await available()).toEqual({ USD: 500n, EUR: 0n });
});

test('a refund of a purchase from before the change takes back in its own unit', async () => {
  const { program, refer, available, change } = await open((unit) => [thanks(unit)]);
  const bob = await refer('bob');
  await change();
  await refer('cat');
  expect(await available()).toEqual({ USD: 2_000n, EUR: 2_000n });
  await program.refund('bob', bob.key);
  expect(await available()).toEqual({ USD: 0n, EUR: 2_000n });
});

test('a referral that began before the change earns on in its own unit', async () => {
  const share = testRule({
    trigger: { on: 'nth_event', event: 'purchase', from: 1, to: null },
    benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
  });
  const { program, refer, available, change } = await open(() => [share]);
  await refer('bob');
  await change();
  await program.act('bob', { value: usd(1_000n) });
  expect((await program.act('bob', { value: eur(1_000n) })).outcome).toMatchObject({
    rewards: [{ granted: false, code: 'rate_missing' }],
  });
  expect(await available()).toEqual({ USD: 100n });
});

test('a cap’s amount counts what was granted in its own unit alone, and its count counts all', async () => {
  const cap = (unit: Unit, count: number | null) => ({
    amount: { minor: 3_000n, unit },
    count,
    period_days: null,
  });
  const amounts = await open((unit) => [thanks(unit, { cap: cap(unit, null) })]);
  await amounts.refer('bob');
  await amounts.change();
  await amounts.refer('cat');
  await amounts.refer('dan');
  expect(await amounts.available()).toEqual({ USD: 2_000n, EUR: 3_000n });
  const counts = await open((unit) => [thanks(unit, { cap: cap(unit, 2) })]);
  await counts.refer('bob');
  await counts.change();
  await counts.refer('cat');
  await counts.refer('dan');
  expect(await counts.available()).toEqual({ USD: 2_000n, EUR: 2_000n });
});

test('a milestone’s reward goes back in its own unit when a referral of the new one falls', async () => {
  const { program, refer, available, change } = await open((unit) => [
    thanks(unit, { trigger: { on: 'milestone', count: 2 } }),
  ]);
  const bob = await refer('bob');
  await refer('cat');
  await change();
  const dan = await refer('dan');
  expect(await available()).toEqual({ USD: 2_000n });
  await program.refund('dan', dan.key);
  expect(await available()).toEqual({ USD: 2_000n });
  const eve = await refer('eve');
  await program.refund('bob', bob.key);
  await program.refund('eve', eve.key);
  expect(await available()).toEqual({ USD: 0n });
});

test('a milestone rate adds no units up: then each refund takes what its referral brought', async () => {
  const steps = [{ count: 1, rate_bp: 1_000 }];
  const { program, refer, available, change } = await open((unit) => [
    testRule({ benefit: { kind: 'milestone_rate', base: { minor: 1_000n, unit }, steps } }),
  ]);
  const bob = await refer('bob');
  await refer('cat');
  await change();
  const dan = await refer('dan');
  expect(await available()).toEqual({ USD: 200n, EUR: 100n });
  await program.refund('dan', dan.key);
  expect(await available()).toEqual({ USD: 200n, EUR: 0n });
  await program.refund('bob', bob.key);
  expect(await available()).toEqual({ USD: 100n, EUR: 0n });
});

test('the rules about risk of the policy in force hold for earlier units too', async () => {
  const risk = { fraud_score_at: null, account_days_min: 3_000, day_max: [] };
  const { program, ann, refer } = await open((unit) => [thanks(unit)]);
  await refer('bob');
  const { redemption } = builtinPolicy('EUR');
  const strict = { ...redemption, approval: { auto_max: [], risk } };
  const policy = testPolicy({ ...builtinPolicy('EUR'), rules: [thanks('EUR')], redemption: strict });
  await publishPolicy(program.db, program.id, policy, 2);
  const { id, eventId } = await seedRedemption(program.db, program.id, ann.id, { minor: 1_500n });
  const ref = { programId: program.id, redemptionId: id, now_ms: Date.now() };
  expect(await activities.reserveRedemption({ ...ref, eventId })).toMatchObject({
    status: 'awaiting_approval',
  });
});
