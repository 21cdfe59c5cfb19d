import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyChange, rankAll, type Standing } from '../../domain/leaderboards/standings.ts';
import { canonicalJson } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { aroundOf, seedBoard, topOf } from '../../tests/support/leaderboards.ts';
import { rawSql } from '../../tests/support/ledger.ts';
import { testActivities } from '../../tests/support/play.ts';
import { seedProgram } from '../../tests/support/seed.ts';
import { foldWindow } from './fold-window.ts';
import { calendarWindow } from './in-play.ts';

const database = useDatabase();

/** An all-time board with members, whose scores are moved as the activities do. */
async function table(members: number) {
  const { db, ownerUrl } = database;
  const programId = await seedProgram(db);
  const boardId = await seedBoard(db, programId, 'all_time');
  const window = calendarWindow(programId, { id: boardId, period: 'all_time', timeZone: 'UTC' }, 0);
  await rawSql(
    ownerUrl,
    `INSERT INTO members (program_id, id, external_id, referral_code)
     SELECT '${programId}', gen_random_uuid(), n::text, '${newId()}' || n
     FROM generate_series(1, ${members}) n`,
  );
  const rows = await db.member.findMany({ where: { programId }, select: { id: true } });
  const ref = { programId, windowId: window.id };
  /** Scores one after the other, in one statement. */
  const scoreAll = (memberIds: readonly string[], by: bigint, at_ms: number) =>
    db.$executeRaw`
      SELECT board_score(${programId}::uuid, id, ${canonicalJson([{ ...window, by, at_ms }])}::jsonb)
      FROM unnest(${memberIds}::uuid[]) AS id`;
  return {
    db,
    boardId,
    ref,
    ids: rows.map(({ id }) => id),
    score: (memberId: string, by: bigint, at_ms: number) => scoreAll([memberId], by, at_ms),
    scoreAll,
  };
}

const rankOf = async (db: Database, ref: Parameters<typeof aroundOf>[1], memberId: string) =>
  (await aroundOf(db, ref, memberId, 0))[0]?.[1];

test('ranks, neighbours and the top are those of the rules, however scores moved', async () => {
  const change = fc.record({
    who: fc.nat(11),
    by: fc.bigInt({ min: -3n, max: 4n }),
    at_ms: fc.nat(5),
    fold: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 25 }), async (changes) => {
      const { db, ref, boardId, ids, score } = await table(12);
      const model = new Map<string, Standing>();
      for (const { who, by, at_ms, fold } of changes) {
        const memberId = ids[who] ?? '';
        await score(memberId, by, at_ms);
        model.set(memberId, { memberId, ...applyChange(model.get(memberId) ?? null, by, at_ms) });
        if (fold) await foldWindow(db, ref.windowId);
      }
      const expected = rankAll([...model.values()]).map(
        ({ memberId, score: reached }, index) => [memberId, index + 1, Number(reached)] as const,
      );
      expect(await topOf(db, ref.programId, boardId, 'all')).toEqual(expected);
      for (const [index, [memberId]] of expected.entries()) {
        expect(await aroundOf(db, ref, memberId, 2)).toEqual(
          expected.slice(Math.max(0, index - 2), index + 3),
        );
      }
      const [row] = await db.$queryRaw<
        { members: bigint }[]
      >`SELECT board_members(${ref.windowId}::uuid) AS members`;
      expect(Number(row?.members)).toBe(expected.length);
    }),
    { numRuns: 15 },
  );
});

test('on a board of many blocks every rank is exact, as scores move, blocks divide and empty', async () => {
  const { db, ref, ids, boardId, scoreAll } = await table(1_500);
  await db.boardWindow.create({ data: { programId: ref.programId, id: ref.windowId, boardId, key: 'all' } });
  await rawSql(
    database.ownerUrl,
    `INSERT INTO board_scores (program_id, window_id, member_id, score, earliness)
     SELECT program_id, '${ref.windowId}', id, 1 + (external_id::int % 5), -external_id::int
     FROM members WHERE program_id = '${ref.programId}'`,
  );
  await rawSql(
    database.ownerUrl,
    `INSERT INTO board_moves (window_id, member_id, was_score, was_earliness, score, earliness)
     SELECT window_id, member_id, 0, 0, score, earliness
     FROM board_scores WHERE window_id = '${ref.windowId}'`,
  );
  const exact = async () => {
    const rows = await db.$queryRaw<{ wrong: bigint; members: bigint }[]>`
      SELECT count(*) FILTER (WHERE s.rank IS DISTINCT FROM r.rank) AS wrong, count(*) AS members
      FROM (SELECT *, row_number() OVER (ORDER BY score DESC, earliness DESC, member_id DESC) AS rank
            FROM board_scores WHERE window_id = ${ref.windowId}::uuid AND score > 0) s
      LEFT JOIN LATERAL board_rank(window_id, score, earliness, member_id) r ON true`;
    return [Number(rows[0]?.wrong), Number(rows[0]?.members)];
  };
  // Nothing is counted yet: all are in one block, which is far too large.
  expect(await exact()).toEqual([0, 1_500]);
  await db.$transaction((tx) => tx.$executeRaw`SELECT board_rebuild(${ref.windowId}::uuid)`, {
    isolationLevel: 'RepeatableRead',
  });
  expect(await db.boardBlock.count({ where: { windowId: ref.windowId } })).toBe(6);
  expect(await exact()).toEqual([0, 1_500]);
  await scoreAll(ids.slice(0, 700), 20n, 9_000);
  expect(await exact()).toEqual([0, 1_500]);
  expect(await foldWindow(db, ref.windowId)).toBe(700);
  expect(await foldWindow(db, ref.windowId)).toBe(0);
  expect(await exact()).toEqual([0, 1_500]);
  await scoreAll(ids.slice(0, 1_490), -40n, 9_500);
  await testActivities(database).foldBoards();
  expect(await exact()).toEqual([0, 10]);
  expect(await db.boardMove.count({ where: { windowId: ref.windowId } })).toBe(0);
});

test('scores that move at once while others count them lose nothing', async () => {
  const { db, ref, ids, score } = await table(40);
  const scoring = ids.map(async (id, index) => {
    for (let turn = 0; turn <= index % 5; turn += 1) await score(id, 1n, turn);
  });
  const counting = Array.from({ length: 20 }, () => foldWindow(db, ref.windowId).catch(() => 0));
  await Promise.all([...scoring, ...counting]);
  await foldWindow(db, ref.windowId);
  const best = ids.filter((_, index) => index % 5 === 4);
  const ranks = await Promise.all(best.map((id) => rankOf(db, ref, id)));
  expect([...ranks].sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const [row] = await db.$queryRaw<{ members: bigint }[]>`
    SELECT sum(members)::bigint AS members FROM board_blocks WHERE window_id = ${ref.windowId}::uuid`;
  expect(row?.members).toBe(40n);
});
