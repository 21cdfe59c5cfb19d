import { expect, test } from 'vitest';
import type { AchievementRule } from '../../domain/points/policy.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard, topOf } from '../../tests/support/leaderboards.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { at, playProgram, useActivities } from '../../tests/support/play.ts';
import { count, doAct, pointsOf, pointsPolicy } from '../../tests/support/points.ts';
import { publishPolicy, usd } from '../../tests/support/seed.ts';

/** Awards that a late action or a refund moves to another time. */
const database = useDatabase({ isProved: true });
const activities = useActivities(database);

const sum = { kind: 'sum', event: 'purchase', at_least: usd(1_000n), days: 7 } as const;
const spent = (changes: Partial<AchievementRule> = {}): AchievementRule => ({
  ...{ id: 'spent', name: 'Spent', test: sum, repeatable: false },
  benefit: { kind: 'points', points: 50 },
  ...changes,
});

async function open(...achievements: AchievementRule[]) {
  const program = await playProgram(database, activities, pointsPolicy({ rules: [], achievements }));
  const { db, id: programId } = program;
  const ann = { ...(await program.member('ann')), externalId: 'ann' };
  const board = await seedBoard(db, programId, 'month', 'points');
  const buy = (key: string, day: number, minor: bigint) =>
    doAct(program, ann, { type: 'purchase', key, at: at(day), value: usd(minor) });
  const refund = (key: string) => doAct(program, ann, { type: 'refund', refundOf: key, at: at(70) });
  const awards = async () => {
    const rows = await db.achievementAward.findMany({ where: { programId }, orderBy: { number: 'asc' } });
    return rows.map(({ number, status, reachedAt }) => [number, status, reachedAt]);
  };
  const months = async () =>
    Promise.all(
      ['2026-01', '2026-02', '2026-03'].map(async (key) =>
        (await topOf(db, programId, board, key)).map(([, , score]) => score),
      ),
    );
  const told = (type: string) => db.outbox.count({ where: { programId, type } });
  return { program, db, programId, ann, buy, refund, awards, months, told };
}

test('a late action that completes an award earlier moves its points on boards, and pays once', async () => {
  const { program, db, programId, ann, buy, awards, months, told } = await open(spent());
  await buy('feb', 40, 1_000n);
  await buy('jan', 10, 600n);
  expect(await months()).toEqual([[], [50], []]);
  const late = await buy('late', 8, 400n);
  expect(late.outcome).toMatchObject({
    ...{ decision: 'accepted', achievements: [], trace: { moved_awards: ['spent'] } },
  });
  expect(await awards()).toEqual([[1, 'granted', at(10)]]);
  expect(await months()).toEqual([[50], [], []]);
  const posting = await db.pointPosting.findFirstOrThrow({ where: { programId } });
  const jan = await db.event.findFirstOrThrow({ where: { programId, key: 'jan' } });
  expect(posting).toMatchObject({ eventId: jan.id, occurredAt: at(10), reversedMinor: 0n });
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 50, lifetime: 50 });
  expect([await told('points.earned'), await told('points.taken')]).toEqual([1, 0]);
});

test('a refund moves an award for which other actions are enough, and takes it when none are', async () => {
  const { program, ann, buy, refund, awards, months, told } = await open(spent());
  for (const [key, day] of [
    ['jan', 10],
    ['feb', 40],
    ['mar', 65],
  ] as const)
    await buy(key, day, 1_000n);
  await refund('jan');
  expect(await awards()).toEqual([[1, 'granted', at(40)]]);
  expect(await months()).toEqual([[], [50], []]);
  await refund('mar');
  expect(await awards()).toEqual([[1, 'granted', at(40)]]);
  await refund('feb');
  expect(await awards()).toEqual([[1, 'reversed', at(40)]]);
  expect(await months()).toEqual([[], [], []]);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 0, lifetime: 0 });
  expect(await told('achievement.lost')).toBe(1);
});

test('a late action earns a repeatable sum once more where all together are enough for it', async () => {
  const { program, ann, buy, awards } = await open(spent({ repeatable: true }));
  for (const [key, day] of [
    ['b', 12],
    ['c', 13],
    ['d', 14],
  ] as const)
    await buy(key, day, 600n);
  expect(await awards()).toEqual([[1, 'granted', at(13)]]);
  const late = await buy('a', 11, 600n);
  expect(late.outcome).toMatchObject({ achievements: ['spent'] });
  expect(await awards()).toEqual([
    [1, 'granted', at(12)],
    [2, 'granted', at(14)],
  ]);
  expect(await pointsOf(program, ann.id)).toMatchObject({ available: 100 });
});

test('a worker killed as it moves an award leaves all as it was, and the next try moves it', async () => {
  const { program, db, programId, ann, buy, awards, months } = await open(spent());
  await buy('feb', 40, 1_000n);
  await rawSql(
    database.ownerUrl,
    `CREATE FUNCTION fail_to_move() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'killed' USING ERRCODE = '57P01'; END $$;
     CREATE TRIGGER fail_to_move BEFORE UPDATE ON achievement_awards FOR EACH ROW
     EXECUTE FUNCTION fail_to_move()`,
  );
  await expect(buy('jan', 10, 1_000n)).rejects.toMatchObject({ type: 'Unavailable' });
  await rawSql(
    database.ownerUrl,
    'DROP TRIGGER fail_to_move ON achievement_awards; DROP FUNCTION fail_to_move()',
  );
  expect([await awards(), await months()]).toEqual([[[1, 'granted', at(40)]], [[], [50], []]]);
  const jan = await db.event.findFirstOrThrow({ where: { programId, key: 'jan' } });
  for (let time = 0; time < 2; time += 1) await count(program, ann.id, [jan.id]);
  expect([await awards(), await months()]).toEqual([[[1, 'granted', at(10)]], [[50], [], []]]);
});

test('a credit that is owed when a late action moves its award is granted once', async () => {
  const benefit = { kind: 'credit', amount: usd(300n) } as const;
  const { program, db, programId, ann, buy, awards } = await open(spent({ benefit }));
  await buy('feb', 40, 1_000n);
  // As a worker leaves it that dies after the first commit.
  await db.achievementAward.updateMany({ where: { programId }, data: { status: 'earned', rewardId: null } });
  await buy('jan', 10, 1_000n);
  for (let time = 0; time < 2; time += 1) await count(program, ann.id, []);
  expect(await awards()).toEqual([[1, 'granted', at(10)]]);
  const rewards = await db.reward.findMany({ where: { programId } });
  expect(rewards.map(({ amountMinor, reversedMinor }) => amountMinor - reversedMinor)).toEqual([300n]);
});

test('an award by the test of an earlier version stays while it rests on enough', async () => {
  const { db, programId, buy, refund, awards } = await open(spent());
  await buy('jan', 10, 600n);
  await buy('more', 11, 600n);
  const dearer = spent({ test: { ...sum, at_least: usd(5_000n) } });
  await publishPolicy(db, programId, pointsPolicy({ rules: [], achievements: [dearer] }), 2);
  await buy('late', 9, 400n);
  await refund('late');
  expect(await awards()).toEqual([[1, 'granted', at(11)]]);
  await refund('more');
  expect(await awards()).toEqual([[1, 'reversed', at(11)]]);
});
