import type { z } from 'zod';
import {
  compareStandings,
  percentileOf,
  type Standing,
  trendOf,
} from '../../domain/leaderboards/standings.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { boardLineAnswer, ownLineAnswer } from './schema.ts';

/** Which ranking of which program. */
export interface RankingRef {
  readonly programId: string;
  readonly windowId: string;
}

/** A line of a ranking. */
export interface RankedRow {
  readonly rank: bigint;
  readonly memberId: string;
  readonly score: bigint;
  readonly earliness: bigint;
  readonly displayName: string | null;
  /** The rank at the last snapshot; null when the member was not in it. */
  readonly rankBefore: bigint | null;
}

/**
 * Limits are part of a statement, in few sizes: for a limit that it does not know, PostgreSQL plans for a
 * tenth of the board, which costs ten times the look-up.
 */
const AROUND_SIZES = [0, 5, 50];
const TOP_SIZES = [10, 100, 200];
const sized = (sizes: readonly number[], wanted: number) =>
  Prisma.raw(String(sizes.find((size) => size >= wanted) ?? sizes.at(-1)));

/** Returns the best of a ranking, in order, at most `limit` of them. */
export async function readTop(db: Database, ref: RankingRef, limit: number): Promise<RankedRow[]> {
  return (await db.$queryRaw<RankedRow[]>(topSql(ref, limit))).slice(0, limit);
}

/** The statement of `readTop`; its lines may be more than `limit`. */
export const topSql = ({ programId, windowId }: RankingRef, limit: number) => Prisma.sql`
  SELECT best.rank, best.member_id AS "memberId", best.score, best.earliness,
         best.display_name AS "displayName", t.rank AS "rankBefore"
  FROM (SELECT row_number() OVER (ORDER BY score DESC, earliness DESC, member_id DESC) AS rank,
               member_id, score, earliness, display_name
        FROM board_scores
        WHERE program_id = ${programId}::uuid AND window_id = ${windowId}::uuid AND score > 0
        ORDER BY score DESC, earliness DESC, member_id DESC LIMIT ${sized(TOP_SIZES, limit)}) best
  LEFT JOIN board_trends t ON t.window_id = ${windowId}::uuid AND t.member_id = best.member_id
  ORDER BY best.rank`;

/**
 * Returns a member's line with the nearest above and below, at most `neighbours` each way, in order; nothing
 * when the member is not ranked.
 */
export async function readAround(
  db: Database,
  ref: RankingRef,
  memberId: string,
  neighbours: number,
): Promise<RankedRow[]> {
  const rows = rankInOrder(await db.$queryRaw<AroundRow[]>(aroundSql(ref, memberId, neighbours)), memberId);
  const at = rows.findIndex((row) => row.memberId === memberId);
  return rows.slice(Math.max(0, at - neighbours), at + neighbours + 1);
}

/** A line of `aroundSql`: whosever line it is, it has the rank of the member asked for. */
export type AroundRow = Omit<RankedRow, 'rank'> & { readonly rankOfMember: bigint };

/**
 * The statement of `readAround`: the lines in any order, and more of them where few were asked for. One
 * statement reads one moment, so rank and neighbours agree.
 */
export const aroundSql = (ref: RankingRef, memberId: string, neighbours: number) => Prisma.sql`
  SELECT r.rank AS "rankOfMember", near.score, near.earliness, near.member_id AS "memberId",
         near.display_name AS "displayName", t.rank AS "rankBefore"
  FROM board_scores me
  CROSS JOIN LATERAL board_rank(me.window_id, me.score, me.earliness, me.member_id) r
  CROSS JOIN LATERAL (
    (SELECT score, earliness, member_id, display_name FROM board_scores
     WHERE window_id = me.window_id
       AND (score, earliness, member_id) >= (me.score, me.earliness, me.member_id)
     ORDER BY score, earliness, member_id LIMIT ${sized(AROUND_SIZES, neighbours)} + 1)
    UNION ALL
    (SELECT score, earliness, member_id, display_name FROM board_scores
     WHERE window_id = me.window_id AND score > 0
       AND (score, earliness, member_id) < (me.score, me.earliness, me.member_id)
     ORDER BY score DESC, earliness DESC, member_id DESC LIMIT ${sized(AROUND_SIZES, neighbours)})
  ) near
  LEFT JOIN board_trends t ON t.window_id = me.window_id AND t.member_id = near.member_id
  WHERE me.program_id = ${ref.programId}::uuid AND me.window_id = ${ref.windowId}::uuid
    AND me.member_id = ${memberId}::uuid AND me.score > 0`;

/** Sorts lines of `aroundSql`, the best first, and gives each its own rank. */
export function rankInOrder(rows: readonly AroundRow[], memberId: string): RankedRow[] {
  const places = rows.map((row) => ({ row, ...standingOf(row) })).sort(compareStandings);
  const at = places.findIndex((place) => place.memberId === memberId);
  // Written out: a rest object for each line took a tenth of a look-up.
  return places.map(({ row }, index) => ({
    rank: row.rankOfMember + BigInt(index - at),
    memberId: row.memberId,
    score: row.score,
    earliness: row.earliness,
    displayName: row.displayName,
    rankBefore: row.rankBefore,
  }));
}

const standingOf = ({ memberId, score, earliness }: AroundRow): Standing => ({
  memberId,
  score,
  reached_at_ms: -Number(earliness),
});

/** Counts the members of a ranking. */
export async function readMembers(db: Database, { windowId }: RankingRef): Promise<number> {
  const [row] = await db.$queryRaw<{ members: bigint }[]>`SELECT board_members(${windowId}::uuid) AS members`;
  return Number(row?.members ?? 0);
}

/** A line on the wire. Of a hidden member it shows rank and score alone, except to that member. */
export function lineOf(row: RankedRow, viewer: string | null): z.infer<typeof boardLineAnswer> {
  const isSelf = row.memberId === viewer;
  const rankBefore = row.rankBefore === null ? null : Number(row.rankBefore);
  return {
    rank: Number(row.rank),
    memberId: row.displayName === null && !isSelf ? null : row.memberId,
    displayName: row.displayName,
    score: row.score.toString(),
    reachedAt: new Date(-Number(row.earliness)).toISOString(),
    trend: trendOf(rankBefore, Number(row.rank)),
  };
}

/** A member's own line, with how many members the ranking has and the percentage of them behind. */
export function meOf(row: RankedRow, members: number): z.infer<typeof ownLineAnswer> {
  const line = lineOf(row, row.memberId);
  return { ...line, members, percentile: percentileOf(line.rank, members) };
}
