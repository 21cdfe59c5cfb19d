import { percentileOf, trendOf } from '../../domain/standings.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Which ranking of which program. */
export interface RankingRef {
  readonly programId: string;
  readonly windowId: string;
}

/** A line of a ranking as the queries below give it. */
export interface RankedRow {
  readonly rank: bigint;
  readonly member_id: string;
  readonly score: bigint;
  readonly earliness: bigint;
  readonly display_name: string | null;
  /** The rank at the last snapshot, when the member was in it. */
  readonly rank_before: bigint | null;
}

/** Names and trends beside the lines of `ranked`. */
const described = ({ programId, windowId }: RankingRef) => Prisma.sql`
  SELECT r.rank, r.member_id::text, r.score, r.earliness, m.display_name, t.rank AS rank_before
  FROM ranked r
  JOIN members m ON m.program_id = ${programId}::uuid AND m.id = r.member_id
  LEFT JOIN board_trends t ON t.window_id = ${windowId}::uuid AND t.member_id = r.member_id
    AND t.taken_at = (SELECT snapshot_at FROM board_windows WHERE program_id = ${programId}::uuid AND id = ${windowId}::uuid)
  ORDER BY r.rank`;

/**
 * Limits are part of the statement, in few sizes: for a limit that it does not know, PostgreSQL plans as if it were a tenth of
 * the board, which costs ten times the look-up. Callers cut to what they asked for.
 */
const AROUND_SIZES = [0, 5, 50];
const TOP_SIZES = [10, 100, 200];
const sized = (sizes: readonly number[], wanted: number) =>
  Prisma.raw(String(sizes.find((size) => size >= wanted) ?? sizes.at(-1)));

/** The best of a ranking, in order; `limit` of them or more. */
export const topSql = (ref: RankingRef, limit: number) => Prisma.sql`
  WITH ranked AS (
    SELECT row_number() OVER (ORDER BY score DESC, earliness DESC, member_id DESC) AS rank, member_id, score, earliness
    FROM (SELECT member_id, score, earliness FROM board_scores WHERE window_id = ${ref.windowId}::uuid AND score > 0
          ORDER BY score DESC, earliness DESC, member_id DESC LIMIT ${sized(TOP_SIZES, limit)}) best
  )${described(ref)}`;

/**
 * A member with the nearest above and below, `neighbours` each way or more, in order; nothing when the member is not ranked. One statement, hence one moment:
 * rank and neighbours agree.
 */
export const aroundSql = (ref: RankingRef, memberId: string, neighbours: number) => Prisma.sql`
  WITH me AS MATERIALIZED (
    SELECT score, earliness, member_id, board_rank(window_id, score, earliness, member_id) AS rank FROM board_scores
    WHERE program_id = ${ref.programId}::uuid AND window_id = ${ref.windowId}::uuid AND member_id = ${memberId}::uuid AND score > 0
  ), ranked AS (
    SELECT me.rank, me.member_id, me.score, me.earliness FROM me
    UNION ALL
    SELECT me.rank - row_number() OVER (ORDER BY s.score, s.earliness, s.member_id), s.member_id, s.score, s.earliness
    FROM me CROSS JOIN LATERAL (
      SELECT score, earliness, member_id FROM board_scores
      WHERE window_id = ${ref.windowId}::uuid AND (score, earliness, member_id) > (me.score, me.earliness, me.member_id)
      ORDER BY score, earliness, member_id LIMIT ${sized(AROUND_SIZES, neighbours)}) s
    UNION ALL
    SELECT me.rank + row_number() OVER (ORDER BY s.score DESC, s.earliness DESC, s.member_id DESC), s.member_id, s.score, s.earliness
    FROM me CROSS JOIN LATERAL (
      SELECT score, earliness, member_id FROM board_scores
      WHERE window_id = ${ref.windowId}::uuid AND score > 0 AND (score, earliness, member_id) < (me.score, me.earliness, me.member_id)
      ORDER BY score DESC, earliness DESC, member_id DESC LIMIT ${sized(AROUND_SIZES, neighbours)}) s
  )${described(ref)}`;

/** How many members a ranking has. */
export const membersSql = ({ windowId }: RankingRef) =>
  Prisma.sql`SELECT board_members(${windowId}::uuid) AS members`;

/** A line on the wire. Of a hidden member it shows the rank and the score alone, but to themselves. */
export function lineOf(row: RankedRow, viewer: string | null) {
  const isSelf = row.member_id === viewer;
  const rank_before = row.rank_before === null ? null : Number(row.rank_before);
  return {
    rank: Number(row.rank),
    memberId: row.display_name === null && !isSelf ? null : row.member_id,
    displayName: row.display_name,
    score: row.score.toString(),
    reachedAt: new Date(-Number(row.earliness)).toISOString(),
    trend: trendOf(rank_before, Number(row.rank)),
  };
}

/** A member's own line, with how many there are and how many of 100 are behind. */
export function meOf(row: RankedRow, members: number) {
  const line = lineOf(row, row.member_id);
  return { ...line, members, percentile: percentileOf(line.rank, members) };
}
