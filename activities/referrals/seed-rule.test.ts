import { expect, test } from 'vitest';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { entitlement } from '../../domain/rewards/entitlement.ts';
import { prove } from '../../ledger/prove.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { milestoneRule, type SeededMember, testPolicy } from '../../tests/support/seed.ts';

const database = useDatabase();
const activities = useActivities(database);

const policy = testPolicy({
  rules: [
    ...builtinPolicy('USD').rules,
    milestoneRule('ten', 10, { kind: 'badge', label: 'ten' }),
    milestoneRule('perk', 21, { kind: 'perk', label: 'vip' }),
  ],
});

function entitled(count: number): bigint {
  const benefit = builtinPolicy('USD').rules[0]?.benefit;
  if (benefit?.kind !== 'milestone_rate') throw new Error('the seed’s rule is on milestones');
  return entitlement(count, benefit.base, benefit.steps).minor;
}

async function expectEntitled(program: ProgramPlay, ann: SeededMember, count: number) {
  const { qualifiedReferrals } = await program.db.member.findFirstOrThrow({ where: { id: ann.id } });
  expect(qualifiedReferrals).toBe(count);
  expect(await program.netRewards(ann.id), `rewards for ${count}`).toBe(entitled(count));
  const { pending_minor, available_minor, owed_minor } = await program.balance(ann.id);
  expect(pending_minor + available_minor + owed_minor, `ledger for ${count}`).toBe(entitled(count));
}

const refer = async (program: ProgramPlay, ann: SeededMember, nth: number) => {
  const when = at(nth / 4);
  await program.signUp(`m${nth}`, { code: ann.code }, { at: when });
  return await program.act(`m${nth}`, { at: when, key: `buy-${nth}` });
};

test('for n = 1 to 25 rewards, ledger and the seed’s formula agree after every referral', async () => {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  for (let n = 1; n <= 25; n += 1) {
    const { outcome } = await refer(program, ann, n);
    expect(outcome.decision).toBe('accepted');
    await expectEntitled(program, ann, n);
  }
  expect(entitled(25)).toBe(6_250n);
  const kinds = await program.db.reward.groupBy({
    by: ['kind'],
    where: { programId: program.id },
    _count: true,
    orderBy: { kind: 'asc' },
  });
  expect(kinds.map(({ kind, _count }) => [kind, _count])).toEqual([
    ['credit', 21],
    ['badge', 1],
    ['perk', 1],
  ]);
});

test('they agree with refunds between, held or matured, of any one, and as the count returns', async () => {
  const program = await playProgram(database, activities, policy);
  const ann = await program.member('ann');
  let count = 0;
  const lose = async (nth: number) => {
    const { outcome } = await program.refund(`m${nth}`, `buy-${nth}`, { at: at(8) });
    expect(outcome.decision).toBe('accepted');
    count -= 1;
    await expectEntitled(program, ann, count);
  };
  const gain = async (from: number, to: number) => {
    for (let n = from; n <= to; n += 1) {
      await refer(program, ann, n);
      count += 1;
      await expectEntitled(program, ann, count);
    }
  };
  await gain(1, 11);
  await lose(10);
  await lose(3);
  await gain(12, 22);
  await program.mature('m11', at(33).getTime());
  await program.mature('m22', at(36).getTime());
  await lose(22);
  await lose(5);
  await lose(1);
  await gain(23, 27);
  for (let n = 1; n <= 27; n += 1) await program.mature(`m${n}`, at(60).getTime());
  await expectEntitled(program, ann, count);
  expect(await program.balance(ann.id)).toMatchObject({ pending_minor: 0n, owed_minor: 0n });
  const badges = await program.db.reward.findMany({ where: { programId: program.id, kind: 'badge' } });
  expect(badges.map(({ status }) => status).sort()).toEqual(['available', 'reversed']);
  const proof = await prove(database.url, { programId: program.id });
  expect(proof.checks.filter(({ ok }) => !ok)).toEqual([]);
});
