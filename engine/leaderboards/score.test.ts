import { expect, test } from 'vitest';
import { readTop } from '../../api/leaderboards/read.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedBoard, seedSeason, topOf, topOfSeason } from '../../tests/support/leaderboards.ts';
import { at, type ProgramPlay, playProgram, useActivities } from '../../tests/support/play.ts';
import { fixedPolicy, usd } from '../../tests/support/seed.ts';
import { windowIdOf } from './in-play.ts';

const database = useDatabase();
const activities = useActivities(database);

const play = () => playProgram(database, activities, fixedPolicy(500n, 30));

/** A friend signs up through the member's link and buys. */
async function refer(program: ProgramPlay, code: string, friend: string, day: number, minor = 1_000n) {
  await program.signUp(friend, { code }, { at: at(day) });
  return await program.act(friend, { at: at(day), value: usd(minor), key: `order-${friend}` });
}

test('a qualified referral counts in its transaction, once, on every board and in each window', async () => {
  const program = await play();
  const { db, id } = program;
  const [all, month, week] = await Promise.all(
    (['all_time', 'month', 'week'] as const).map((period) => seedBoard(db, id, period)),
  );
  const revenue = await seedBoard(db, id, 'all_time', 'revenue');
  const [ann, ben] = [await program.member('ann'), await program.member('ben')];
  const first = await refer(program, ann.code, 'a1', 0, 700n);
  await refer(program, ben.code, 'b1', 1, 900n);
  await refer(program, ann.code, 'a2', 40, 100n);
  await program.again(first, 'a1');
  expect(await topOf(db, id, all ?? '', 'all')).toEqual([
    [ann.id, 1, 2],
    [ben.id, 2, 1],
  ]);
  expect(await topOf(db, id, revenue, 'all')).toEqual([
    [ben.id, 1, 900],
    [ann.id, 2, 800],
  ]);
  // Both have one in January; ann was first.
  expect(await topOf(db, id, month ?? '', '2026-01')).toEqual([
    [ann.id, 1, 1],
    [ben.id, 2, 1],
  ]);
  expect(await topOf(db, id, month ?? '', '2026-02')).toEqual([[ann.id, 1, 1]]);
  expect(await topOf(db, id, week ?? '', '2026-W01')).toHaveLength(2);
});

test('a line has its member’s present name, in windows from before and after it was given', async () => {
  const program = await play();
  const { db, id } = program;
  const board = await seedBoard(db, id, 'month');
  const ann = await program.member('ann');
  const call = (displayName: string | null) =>
    db.member.update({ where: { programId_id: { programId: id, id: ann.id } }, data: { displayName } });
  const names = async () =>
    await Promise.all(
      ['2026-01', '2026-02'].map(async (key) => {
        const [best] = await readTop(db, { programId: id, windowId: windowIdOf(id, board, key) }, 10);
        return best?.displayName;
      }),
    );
  await refer(program, ann.code, 'a1', 0);
  expect(await names()).toEqual([null, undefined]);
  await call('Ann');
  await refer(program, ann.code, 'a2', 40);
  expect(await names()).toEqual(['Ann', 'Ann']);
  await refer(program, ann.code, 'a3', 41);
  expect(await names()).toEqual(['Ann', 'Ann']);
  await call(null);
  expect(await names()).toEqual([null, null]);
});

test('a refund takes from the windows that counted it, and nobody with nothing left is ranked', async () => {
  const program = await play();
  const { db, id } = program;
  const board = await seedBoard(db, id, 'month');
  const revenue = await seedBoard(db, id, 'month', 'revenue');
  const ann = await program.member('ann');
  await refer(program, ann.code, 'a1', 28);
  await program.refund('a1', 'order-a1', { value: usd(400n), at: at(33) });
  expect(await topOf(db, id, board, '2026-01')).toEqual([[ann.id, 1, 1]]);
  expect(await topOf(db, id, revenue, '2026-01')).toEqual([[ann.id, 1, 600]]);
  await program.refund('a1', 'order-a1', { at: at(34) });
  expect(await topOf(db, id, board, '2026-01')).toEqual([]);
  expect(await topOf(db, id, revenue, '2026-01')).toEqual([]);
  expect(await topOf(db, id, board, '2026-02')).toEqual([]);
});

test('of equal scores the one whose last referral happened first is before, however they came', async () => {
  const program = await play();
  const { db, id } = program;
  const board = await seedBoard(db, id, 'all_time');
  const [ann, ben] = [await program.member('ann'), await program.member('ben')];
  await refer(program, ben.code, 'b1', 5);
  await refer(program, ann.code, 'a1', 2);
  expect((await topOf(db, id, board, 'all')).map(([member]) => member)).toEqual([ann.id, ben.id]);
});

test('a referral from before the board is refunded without effect on it', async () => {
  const program = await play();
  const { db, id } = program;
  const ann = await program.member('ann');
  await refer(program, ann.code, 'a1', 0);
  const board = await seedBoard(db, id, 'all_time');
  await db.board.update({
    where: { programId_id: { programId: id, id: board } },
    data: { createdAt: new Date() },
  });
  await refer(program, ann.code, 'a2', 1);
  await program.refund('a1', 'order-a1', { at: at(2) });
  expect(await topOf(db, id, board, 'all')).toEqual([[ann.id, 1, 1]]);
});

test('a season counts what happened from its start to its end, and nothing outside', async () => {
  const program = await play();
  const { db, id } = program;
  const board = await seedBoard(db, id, 'season');
  const season = await seedSeason(db, id, board, { startsAt: at(10), endsAt: at(20) });
  const ann = await program.member('ann');
  for (const [friend, day] of [
    ['before', 9.9],
    ['start', 10],
    ['last', 19.9],
    ['end', 20],
  ] as const)
    await refer(program, ann.code, friend, day);
  expect(await topOfSeason(db, id, season)).toEqual([[ann.id, 1, 2]]);
});

test('what comes for a closed window changes nothing there and is on record as late', async () => {
  const program = await play();
  const { db, id } = program;
  const [board, all] = [await seedBoard(db, id, 'season'), await seedBoard(db, id, 'all_time')];
  const season = await seedSeason(db, id, board, { startsAt: at(0), endsAt: at(20) });
  const ann = await program.member('ann');
  await refer(program, ann.code, 'a1', 1);
  await refer(program, ann.code, 'a2', 2);
  const step = { programId: id, windowId: season, now_ms: at(20).getTime() };
  expect(await activities.closeWindow({ ...step, now_ms: step.now_ms - 1 })).toEqual({ closed: false });
  expect(await activities.closeWindow(step)).toEqual({ closed: true });
  expect(await activities.closeWindow(step)).toEqual({ closed: false });
  await program.refund('a1', 'order-a1', { at: at(25) });
  expect(await topOfSeason(db, id, season)).toEqual([[ann.id, 1, 2]]);
  expect(await topOf(db, id, all, 'all')).toEqual([[ann.id, 1, 1]]);
  expect(await db.boardLateChange.findMany({ where: { windowId: season } })).toMatchObject([
    { memberId: ann.id, amount: -1n },
  ]);
});
