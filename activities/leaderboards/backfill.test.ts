import { expect, test } from 'vitest';
import type { BoardMetric, BoardPeriod } from '../../domain/leaderboards/standings.ts';
import { scorePoints } from '../../engine/leaderboards/points.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard, seedSeason, topOf, topOfSeason } from '../../tests/support/leaderboards.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, usd } from '../../tests/support/seed.ts';
import { BACKFILL_SETTLES_MS } from './backfill.ts';

const database = useDatabase();
const activities = useActivities(database);
async function refer(program: ProgramPlay, code: string, friend: string, day: number, minor = 1_000n) {
  await program.signUp(friend, { code }, { at: at(day) });
  return await program.act(friend, { at: at(day), value: usd(minor), key: `order-${friend}` });
}

/** Ann brought three: one refunded in part, another wholly. Ben brought one. */
async function past() {
  const program = await playProgram(database, activities, fixedPolicy(500n, 30));
  const [ann, ben] = [await program.member('ann'), await program.member('ben')];
  await refer(program, ann.code, 'a1', 0);
  await refer(program, ann.code, 'a2', 40, 700n);
  await refer(program, ann.code, 'a3', 2);
  await refer(program, ben.code, 'b1', 3);
  await program.refund('a2', 'order-a2', { value: usd(200n), at: at(41) });
  await program.refund('a3', 'order-a3', { at: at(4) });
  return { program, ann, ben };
}

/** A board that is made now, and asked to count its past. */
async function young(program: ProgramPlay, period: BoardPeriod, metric?: BoardMetric) {
  const id = await seedBoard(program.db, program.id, period, metric);
  await program.db.board.update({
    where: { programId_id: { programId: program.id, id } },
    data: { createdAt: new Date(), backfillAt: new Date() },
  });
  return id;
}

const later = () => Date.now() + BACKFILL_SETTLES_MS + 1_000;
const fill = () => activities.backfillBoards({ now_ms: later() });

test('a board that counts its past ends like one that was there from the start, in each window', async () => {
  const program = await playProgram(database, activities, fixedPolicy(500n, 30));
  const old = {
    month: await seedBoard(program.db, program.id, 'month'),
    revenue: await seedBoard(program.db, program.id, 'all_time', 'revenue'),
  };
  const [ann, ben] = [await program.member('ann'), await program.member('ben')];
  for (const [friend, code, day] of [
    ['a1', ann.code, 0],
    ['a2', ann.code, 40],
    ['a3', ann.code, 2],
    ['b1', ben.code, 3],
  ] as const)
    await refer(program, code, friend, day);
  await program.refund('a2', 'order-a2', { value: usd(200n), at: at(41) });
  await program.refund('a3', 'order-a3', { at: at(4) });
  const made = { month: await young(program, 'month'), revenue: await young(program, 'all_time', 'revenue') };
  await fill();
  const scores = async (board: string, key: string) =>
    (await topOf(program.db, program.id, board, key)).map(([member, rank, score]) => [member, rank, score]);
  for (const key of ['2026-01', '2026-02']) {
    expect(await scores(made.month, key)).toEqual(await scores(old.month, key));
  }
  expect(await scores(made.revenue, 'all')).toEqual(await scores(old.revenue, 'all'));
  expect(await scores(made.revenue, 'all')).toEqual([
    [ann.id, 1, 1_800],
    [ben.id, 2, 1_000],
  ]);
});

test('run five times, at once and again, the past counts once; and it is done once', async () => {
  const { program, ann, ben } = await past();
  const board = await young(program, 'all_time');
  await Promise.all(Array.from({ length: 4 }, fill));
  expect(await fill()).toEqual({ backfilled: 0 });
  expect(await topOf(program.db, program.id, board, 'all')).toEqual([
    [ann.id, 1, 2],
    [ben.id, 2, 1],
  ]);
});

test('what happens while the past is counted is in it once, whatever comes first', async () => {
  const { program, ann } = await past();
  const board = await young(program, 'all_time');
  // Decided after the backfill was requested, before the member was counted: a new referral, and a refund.
  await refer(program, ann.code, 'a4', 5);
  await program.refund('a1', 'order-a1', { at: at(6) });
  await Promise.all([fill(), refer(program, ann.code, 'a5', 7)]);
  expect((await topOf(program.db, program.id, board, 'all'))[0]).toEqual([ann.id, 1, 3]);
  await program.refund('a2', 'order-a2', { at: at(42) });
  expect((await topOf(program.db, program.id, board, 'all'))[0]).toEqual([ann.id, 1, 2]);
});

test('nobody is counted before those are done who took the board for one without a past', async () => {
  const { program } = await past();
  const board = await young(program, 'all_time');
  await activities.backfillBoards({ now_ms: Date.now() });
  expect(await topOf(program.db, program.id, board, 'all')).toEqual([]);
});

test('a window that is closed keeps its standings, and nothing is written down as late', async () => {
  const { program } = await past();
  const board = await young(program, 'season');
  const season = await seedSeason(program.db, program.id, board, { startsAt: at(0), endsAt: at(20) });
  await activities.closeWindow({ programId: program.id, windowId: season, now_ms: at(20).getTime() });
  await fill();
  expect(await topOfSeason(program.db, program.id, season)).toEqual([]);
  expect(await program.db.boardLateChange.count({ where: { windowId: season } })).toBe(0);
});

test('points count on boards of points alone, where they were earned, and fall with a refund', async () => {
  const program = await playProgram(database, activities, fixedPolicy(500n, 30));
  const { db, id: programId } = program;
  const month = await seedBoard(db, programId, 'month', 'points');
  const others = await seedBoard(db, programId, 'all_time');
  const [ann, ben] = [await program.member('ann'), await program.member('ben')];
  const move = (memberId: string, points: bigint, day: number, earned: number | null = null) =>
    inTransaction({ db, countDecision: () => undefined }, async (tx) => {
      await lockMembers(tx, programId, [memberId]);
      const at_ms = earned === null ? null : at(earned).getTime();
      await scorePoints(tx, programId, [
        {
          memberId,
          points,
          occurred_at_ms: at(day).getTime(),
          earned: at_ms === null ? null : { at_ms, decided_at_ms: at_ms },
        },
      ]);
    });
  await Promise.all([move(ann.id, 30n, 1), move(ann.id, 20n, 2), move(ben.id, 45n, 3), move(ben.id, 7n, 40)]);
  expect(await topOf(db, programId, month, '2026-01')).toEqual([
    [ann.id, 1, 50],
    [ben.id, 2, 45],
  ]);
  await move(ann.id, -20n, 41, 2);
  expect(await topOf(db, programId, month, '2026-01')).toEqual([
    [ben.id, 1, 45],
    [ann.id, 2, 30],
  ]);
  expect(await topOf(db, programId, month, '2026-02')).toEqual([[ben.id, 1, 7]]);
  expect(await topOf(db, programId, others, 'all')).toEqual([]);
});
