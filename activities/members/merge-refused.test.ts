import { expect, test } from 'vitest';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { judgeRefused } from '../../engine/referrals/again.ts';
import { setBudget } from '../../ledger/post.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { playMerges } from '../../tests/support/merges.ts';
import { at, useActivities } from '../../tests/support/play.ts';
import { fixed } from '../../tests/support/refused.ts';
import { testPolicy, testRule, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

test('what the budget refused both of her accounts for one action is hers once', async () => {
  const policy = testPolicy({ rules: [testRule({ benefit: fixed(1_000n) })], budget: usd(1n) });
  const { program, programId, db, ann, anna, merge } = await playMerges(database, activities, policy);
  await program.signUp('bob', { code: anna.code });
  await program.act('bob', { value: usd(9_900n) });
  await program.move('bob', ann.id, { at: at(1) });
  expect(await db.refusedReward.count({ where: { programId } })).toBe(2);
  expect((await merge(anna.id, ann.id, 2)).outcome).toMatchObject({ decision: 'accepted' });

  await db.$transaction((tx) => setBudget(tx, programId, 'USD', 10_000n));
  const due = { where: { programId, memberId: ann.id } };
  const [refused, ...more] = await db.refusedReward.findMany(due);
  expect(more).toEqual([]);
  await program.grantAgain('bob', { refusedId: refused?.id ?? '', at: at(3) });
  expect(await program.balance(ann.id, at(3))).toMatchObject({ available_minor: 1_000n });
  const all = await db.refusedReward.findMany({ where: { programId } });
  const judged = await judgeRefused(db, createPolicies(), programId, all);
  for (const { judgement } of judged) expect(judgement.ok).toBe(false);
});
