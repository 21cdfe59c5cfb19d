import { expect, test } from 'vitest';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { count, doAct, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { seedEvent, usd } from '../../tests/support/seed.ts';

const database = useDatabase({ isProved: true });
const activities = useActivities(database);

async function open(...achievements: AchievementRule[]) {
  const program = await playProgram(database, activities, pointsPolicy({ achievements }));
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  return { program, db: program.db, programId: program.id, ann };
}

const rule = (test: AchievementRule['test'], changes: Partial<AchievementRule> = {}): AchievementRule => ({
  id: 'it',
  name: 'It',
  test,
  benefit: { kind: 'credit', amount: usd(300n) },
  repeatable: false,
  ...changes,
});

const awardsOf = async ({ db, id: programId }: ProgramPlay) =>
  (await db.achievementAward.findMany({ where: { programId }, orderBy: { number: 'asc' } })).map(
    ({ number, status }) => [number, status],
  );

test('the third contribution earns its benefit once, and a refund takes it back until the next', async () => {
  const third = { kind: 'nth', event: 'contribution', count: 3 } as const;
  const { program, db, programId, ann } = await open(
    rule(third),
    rule(third, { id: 'badge', benefit: { kind: 'badge', label: 'Pioneer' } }),
  );
  for (let nth = 1; nth <= 4; nth++) await doAct(program, ann, { key: `c${nth}` });
  const credit = () =>
    db.reward.findMany({ where: { programId, kind: 'credit' }, orderBy: { createdAt: 'asc' } });
  const badge = () =>
    db.reward.findMany({ where: { programId, kind: 'badge' }, orderBy: { createdAt: 'asc' } });
  expect((await credit()).map(({ status, source }) => [status, source])).toEqual([
    ['available', 'achievement'],
  ]);
  await doAct(program, ann, { type: 'refund', refundOf: 'c1' });
  expect((await credit()).map(({ status }) => status)).toEqual(['available']);
  await doAct(program, ann, { type: 'refund', refundOf: 'c4' });
  expect((await credit()).map(({ status }) => status)).toEqual(['reversed']);
  expect((await badge()).map(({ status }) => status)).toEqual(['reversed']);
  await doAct(program, ann);
  expect((await credit()).map(({ status }) => status)).toEqual(['reversed', 'available']);
  expect(await db.outbox.count({ where: { programId, type: 'achievement.lost' } })).toBe(2);
});

test('a worker killed between earning and granting leaves a benefit that the next step grants', async () => {
  const { program, db, programId, ann } = await open(rule({ kind: 'nth', event: 'contribution', count: 1 }));
  const event = await seedEvent(db, programId, {
    type: 'contribution',
    subject: 'ann',
    workflowId: `member-${ann.id}`,
  });
  await count(program, ann.id, [event.id]);
  // As a worker leaves it that dies after the first commit.
  await db.achievementAward.updateMany({ where: { programId }, data: { status: 'earned', rewardId: null } });
  for (let time = 0; time < 2; time++) await count(program, ann.id, []);
  expect(await awardsOf(program)).toEqual([[1, 'granted']]);
  expect(await db.reward.count({ where: { programId } })).toBe(1);
});

test('a benefit beyond the budget is refused with its reason, and the achievement stays', async () => {
  const policy = pointsPolicy(
    { achievements: [rule({ kind: 'nth', event: 'contribution', count: 1 })] },
    { budget: usd(1n) },
  );
  const program = await playProgram(database, activities, policy);
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  await doAct(program, ann);
  const award = await program.db.achievementAward.findFirstOrThrow({ where: { programId: program.id } });
  expect(award).toMatchObject({ status: 'refused', code: 'budget_exhausted' });
});

test('a repeatable achievement pays points once at each multiple, and they count for levels', async () => {
  const { program, ann } = await open(
    rule(
      { kind: 'nth', event: 'contribution', count: 2 },
      { repeatable: true, benefit: { kind: 'points', points: 15 } },
    ),
  );
  for (let nth = 1; nth <= 4; nth++) await doAct(program, ann, { key: `c${nth}` });
  expect(await pointsOf(program, ann.id)).toEqual({ available: 70, lifetime: 70, level: 'silver' });
  await doAct(program, ann, { type: 'refund', refundOf: 'c2' });
  expect(await awardsOf(program)).toEqual([
    [1, 'granted'],
    [2, 'reversed'],
  ]);
  expect(await pointsOf(program, ann.id)).toEqual({ available: 45, lifetime: 45, level: 'bronze' });
});

test('a sum is reached within its window in any order of purchases, not by ones too far apart', async () => {
  const sum = { kind: 'sum', event: 'purchase', at_least: usd(1_000n), days: 30 } as const;
  const { program, ann } = await open(rule(sum));
  const buy = (day: number, minor: bigint, key?: string) =>
    doAct(program, ann, { type: 'purchase', at: at(day), value: usd(minor), ...(key && { key }) });
  await buy(0, 600n);
  await buy(30, 399n);
  expect(await awardsOf(program)).toEqual([]);
  // Thirty days to the millisecond is no longer within thirty days. This one comes late and joins the second.
  await buy(10, 601n, 'late');
  expect(await awardsOf(program)).toEqual([[1, 'granted']]);
  await doAct(program, ann, { type: 'refund', refundOf: 'late', value: usd(202n) });
  expect(await awardsOf(program)).toEqual([[1, 'reversed']]);
});

test('a streak follows the member’s clock over a clock change, in whatever order its days come', async () => {
  const streak = { kind: 'streak', event: 'contribution', by: 'day', length: 4 } as const;
  const { program, db, programId, ann } = await open(rule(streak));
  await db.member.updateMany({ where: { programId, id: ann.id }, data: { timeZone: 'Europe/Berlin' } });
  // 27, 28, 29 and 30 March 2026 in Berlin; clocks go forward on the 29th at 01:00 UTC.
  for (const time of [
    '2026-03-27T22:30:00Z',
    '2026-03-30T21:59:00Z',
    '2026-03-28T22:59:00Z',
    '2026-03-29T21:59:00Z',
  ]) {
    expect(await awardsOf(program)).toEqual([]);
    await doAct(program, ann, { at: new Date(time) });
  }
  expect(await awardsOf(program)).toEqual([[1, 'granted']]);
});

test('the first in the program is one member, though twenty try, and is free after a refund', async () => {
  const first = { kind: 'first', event: 'contribution', within: 'program' } as const;
  const { program, db, programId } = await open(rule(first));
  const members = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => ({
      ...(await program.member(`m${index}`)),
      externalId: `m${index}`,
    })),
  );
  await Promise.all(members.map((member) => doAct(program, member, { key: `by-${member.externalId}` })));
  const [award, ...others] = await db.achievementAward.findMany({ where: { programId } });
  expect(others).toEqual([]);
  const winner = members.find(({ id }) => id === award?.memberId);
  const loser = members.find(({ id }) => id !== award?.memberId);
  if (winner === undefined || loser === undefined) throw new Error('nobody was first');
  await doAct(program, winner, { type: 'refund', refundOf: `by-${winner.externalId}` });
  await doAct(program, loser);
  const after = await db.achievementAward.findMany({ where: { programId, status: { not: 'reversed' } } });
  expect(after.map(({ memberId }) => memberId)).toEqual([loser.id]);
});
