import { expect, test } from 'vitest';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { setBudget } from '../../ledger/post.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { eur, seedRate } from '../../tests/support/rates.ts';
import { everyPurchase, type fixed, share, useRefused } from '../../tests/support/refused.ts';
import { publishPolicy, testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const { database, open } = useRefused();
const activities = useActivities(database);

test('a sale in euros that had no room is granted by the rate that its decision fixed', async () => {
  const { program, ann, raise, refusedNow } = await open([
    testRule({ trigger: everyPurchase, benefit: share }),
  ]);
  const rate = (text: string, day: number) =>
    seedRate(program.db, program.id, { from: 'EUR', to: 'USD', rate: text, at: at(day) });
  await rate('1.0853', 0);
  const sale = await program.act('bob', { at: at(1), value: eur(4_900n) });
  await rate('2', 1);
  await raise(100_000n);
  await program.refund('bob', sale.key, { at: at(2), value: eur(1_633n) });
  const refused = (await refusedNow()).find((it) => it.refused.eventId === sale.id);
  // A tenth of 53.18 dollars, and of it 16.33 of 49 euros.
  expect(refused?.judgement).toMatchObject({ value: { amount_minor: 532n, refunded_minor: 177n } });
  const refusedId = refused?.refused.id ?? '';
  expect((await program.grantAgain('bob', { refusedId, at: at(3) })).outcome).toMatchObject({
    decision: 'accepted',
  });
  expect(await program.netRewards(ann.id)).toBe(355n);
  const rest = await program.refund('bob', sale.key, { at: at(4), key: 'the rest' });
  expect(await program.netRewards(ann.id)).toBe(0n);
  await program.refund('bob', rest.key, { at: at(5) });
  expect(await program.netRewards(ann.id)).toBe(355n);
  expect(await program.balance(ann.id, at(6))).toMatchObject({ available_minor: 355n, owed_minor: 0n });
});

/** Ann earned in euros before the policy changed its unit, and the budget in dollars has no room. */
async function afterEuros(before: Partial<Policy>, friends: number, after: Policy['rules']) {
  const program = await playProgram(database, activities, { ...builtinPolicy('EUR'), ...before });
  const ann = await program.member('ann');
  const refer = async (subject: string, value: { minor: bigint; unit: string }) => {
    await program.signUp(subject, { code: ann.code });
    return await program.act(subject, { value });
  };
  for (let nth = 0; nth < friends; nth += 1) await refer(`e${nth}`, eur(9_900n));
  await publishPolicy(program.db, program.id, testPolicy({ rules: after, budget: usd(1n) }), 2);
  const { outcome } = await refer('cat', usd(9_900n));
  expect(outcome.rewards).toMatchObject([{ granted: false, code: 'budget_exhausted' }]);
  await database.db.$transaction((tx) => setBudget(tx, program.id, 'USD', 100_000n));
  const again = await program.grantAgain('cat', { at: at(1) });
  return { program, again, granted: again.outcome.rewards?.[0] };
}

test('what the same rule granted in the unit of before takes no room of its cap', async () => {
  const thanks = (benefit: ReturnType<typeof fixed>['amount']) =>
    testRule({ benefit: { kind: 'fixed', amount: benefit } });
  const cap = { amount: usd(1_500n), count: null, period_days: null };
  const { granted } = await afterEuros({ rules: [thanks(eur(1_000n))] }, 1, [
    { ...thanks(usd(1_000n)), cap },
  ]);
  expect(granted).toMatchObject({ granted: true, amount: { minor: '1000', unit: 'USD' } });
});

test('nor does it count for what a milestone rate entitles to', async () => {
  const [rate] = builtinPolicy('EUR').rules;
  if (rate?.benefit.kind !== 'milestone_rate') throw new Error('the built-in rule is another');
  const tenfold = { ...rate, benefit: { ...rate.benefit, base: eur(rate.benefit.base.minor * 10n) } };
  const { granted } = await afterEuros({ rules: [tenfold] }, 5, testPolicy().rules);
  expect(granted).toMatchObject({ granted: true, amount: { minor: '100', unit: 'USD' } });
});
