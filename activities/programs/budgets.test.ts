import { expect, test } from 'vitest';
import { budgetOf } from '../../ledger/balances.ts';
import { setBudget } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, playProgram, T0_MS, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, usd } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);
/** A program that pays 1.00 for each referral out of a budget, and a way to let referrals qualify. */
async function open(budget: bigint) {
  const program = await playProgram(database, activities, fixedPolicy(100n, 0, { budget: usd(budget) }));
  const ann = await program.member('ann');
  let made = 0;
  const signUp = async () => {
    made += 1;
    await program.signUp(`m${made}`, { code: ann.code });
    return `m${made}`;
  };
  const earn = async () => (await program.act(await signUp(), { at: at(1) })).outcome.rewards?.[0];
  const told = async () => {
    const where = { programId: program.id, subject: 'budget:USD' };
    const rows = await database.db.outbox.findMany({ where, orderBy: { id: 'asc' } });
    return rows.map(({ type, payload }) => [type, (payload as { cap: { minor: string } }).cap.minor]);
  };
  const raise = (minor: bigint) => database.db.$transaction((tx) => setBudget(tx, program.id, 'USD', minor));
  return { program, ann, signUp, earn, told, raise };
}

const watch = () => activities.watchBudgets({ now_ms: T0_MS });

test('watches at once warn of a budget once at four fifths, and say once that it is used up', async () => {
  const { earn, told } = await open(500n);
  for (let count = 0; count < 3; count += 1) await earn();
  expect(await watch()).toEqual({ warned: 0, exhausted: 0 });
  await earn();
  const runs = await Promise.all([watch(), watch(), watch()]);
  expect(runs.reduce((sum, { warned }) => sum + warned, 0)).toBe(1);
  await earn();
  expect(await watch()).toEqual({ warned: 0, exhausted: 1 });
  expect(await watch()).toEqual({ warned: 0, exhausted: 0 });
  expect(await told()).toEqual([
    ['budget.warned', '500'],
    ['budget.exhausted', '500'],
  ]);
});

test('the first grant without room says so in its own transaction, and the next ones do not', async () => {
  const { earn, told } = await open(250n);
  await earn();
  await earn();
  for (let count = 0; count < 3; count += 1) {
    expect(await earn()).toMatchObject({ granted: false, code: 'budget_exhausted' });
  }
  expect(await told()).toEqual([
    ['budget.warned', '250'],
    ['budget.exhausted', '250'],
  ]);
});

test('a higher cap arms the warning anew', async () => {
  const { earn, told, raise } = await open(100n);
  await earn();
  await watch();
  await raise(1_000n);
  expect(await watch()).toEqual({ warned: 0, exhausted: 0 });
  for (let count = 0; count < 7; count += 1) await earn();
  expect(await watch()).toEqual({ warned: 1, exhausted: 0 });
  expect((await told()).map(([type, cap]) => `${type} ${cap}`)).toEqual([
    'budget.warned 100',
    'budget.exhausted 100',
    'budget.warned 1000',
  ]);
});

test('twelve grants at once at the cap’s edge spend it to the last cent and not one more', async () => {
  const { program, ann, signUp, told } = await open(700n);
  const subjects: string[] = [];
  for (let count = 0; count < 12; count += 1) subjects.push(await signUp());
  const came = await Promise.all(subjects.map((subject) => program.act(subject, { at: at(1) })));
  const rewards = came.map(({ outcome }) => outcome.rewards?.[0]);
  expect(rewards.filter((reward) => reward?.granted)).toHaveLength(7);
  expect(rewards.filter((reward) => reward?.code === 'budget_exhausted')).toHaveLength(5);
  expect(await program.balance(ann.id)).toMatchObject({ available_minor: 700n });
  expect(await budgetOf(database.db, program.id)).toMatchObject([{ spent_minor: 700n, cap_minor: 700n }]);
  expect((await told()).map(([type]) => type)).toEqual(['budget.warned', 'budget.exhausted']);
});
