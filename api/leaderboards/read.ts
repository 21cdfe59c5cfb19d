import {
  compareStandings,
  percentileOf,
  type Standing,
  trendOf,
} from '../../domain/leaderboards/standings.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Which ranking of which program. */
export interface RankingRef {
  readonly programId: string;
  readonly windowId: string;
}

/** A line of a ranking. */
export interface RankedRow {
  readonly rank: bigint;
  readonly member_id: string;
  readonly score: bigint;
  readonly earliness: bigint;
  readonly display_name: string | null;
  /** The rank at the last snapshot, when the member was in it. */
  readonly rank_before: bigint | null;
}

/**
 * Limits are part of a statement, in few sizes: for a limit that it does not know, PostgreSQL plans as if it were a tenth of
 * the board, which costs ten times the look-up.
 */
const AROUND_SIZES = [0, 5, 50];
const TOP_SIZES = [10, 100, 200];
const sized = (sizes: readonly number[], wanted: number) =>
  Prisma.raw(String(sizes.find((size) => size >= wanted) ?? sizes.at(-1)));

/** The best of a ranking, in order, `limit` of them at the most. */
export async function readTop(db: Database, ref: RankingRef, limit: number): Promise<RankedRow[]> {
  return (await db.$queryRaw<RankedRow[]>(topSql(ref, limit))).slice(0, limit);
}

/** The statement of `readTop`; its lines may be more than `limit`. */
export const topSql = ({ programId, windowId }: RankingRef, limit: number) => Prisma.sql`
  SELECT best.*, t.rank AS rank_before
  FROM (SELECT row_number() OVER (ORDER BY score DESC, earliness DESC, member_id DESC) AS rank, member_id, score, earliness, display_name
        FROM board_scores WHERE program_id = ${programId}::uuid AND window_id = ${windowId}::uuid AND score > 0
        ORDER BY score DESC, earliness DESC, member_id DESC LIMIT ${sized(TOP_SIZES, limit)}) best
  LEFT JOIN board_trends t ON t.window_id = ${windowId}::uuid AND t.member_id = best.member_id
  ORDER BY best.rank`;

/** A member with the nearest above and below, at the most `neighbours` each way, in order; nothing when the member is not ranked. */
export async function readAround(
  db: Database,
  ref: RankingRef,
  memberId: string,
  neighbours: number,
): Promise<RankedRow[]> {
  const rows = inOrder(await db.$queryRaw<AroundRow[]>(aroundSql(ref, memberId, neighbours)), memberId);
  const at = rows.findIndex(({ member_id }) => member_id === memberId);
  return rows.slice(Math.max(0, at - neighbours), at + neighbours + 1);
}

/** A line of `aroundSql`: whosever line it is, it has the rank of the member asked for. */
export type AroundRow = Omit<RankedRow, 'rank'> & { readonly rank_of_member: bigint };

/**
 * The statement of `readAround`: the lines in any order, and more of them where few were asked for. One statement, hence one
 * moment: rank and neighbours agree.
 */
export const aroundSql = (ref: RankingRef, memberId: string, neighbours: number) => Prisma.sql`
  SELECT r.rank AS rank_of_member, near.score, near.earliness, near.member_id, near.display_name, t.rank AS rank_before
  FROM board_scores me
  CROSS JOIN LATERAL board_rank(me.window_id, me.score, me.earliness, me.member_id) r
  CROSS JOIN LATERAL (
    (SELECT score, earliness, member_id, display_name FROM board_scores
     WHERE window_id = me.window_id AND (score, earliness, member_id) >= (me.score, me.earliness, me.member_id)
     ORDER BY score, earliness, member_id LIMIT ${sized(AROUND_SIZES, neighbours)} + 1)
    UNION ALL
    (SELECT score, earliness, member_id, display_name FROM board_scores
     WHERE window_id = me.window_id AND score > 0 AND (score, earliness, member_id) < (me.score, me.earliness, me.member_id)
     ORDER BY score DESC, earliness DESC, member_id DESC LIMIT ${sized(AROUND_SIZES, neighbours)})
  ) near
  LEFT JOIN board_trends t ON t.window_id = me.window_id AND t.member_id = near.member_id
  WHERE me.program_id = ${ref.programId}::uuid AND me.window_id = ${ref.windowId}::uuid AND me.member_id = ${memberId}::uuid
    AND me.score > 0`;

/** Lines of `aroundSql`, the best first, each with its own rank. */
export function inOrder(rows: readonly AroundRow[], memberId: string): RankedRow[] {
  const places = rows.map((row) => ({ row, ...standingOf(row) })).sort(compareStandings);
  const at = places.findIndex((place) => place.memberId === memberId);
  return places.map(({ row }, index) => ({
    rank: row.rank_of_member + BigInt(index - at),
    member_id: row.member_id,
    score: row.score,
    earliness: row.earliness,
    display_name: row.display_name,
    rank_before: row.rank_before,
  }));
}

const standingOf = ({ member_id, score, earliness }: AroundRow): Standing => ({
  memberId: member_id,
  score,
  reached_at_ms: -Number(earliness),
});

/** How many members a ranking has. */
export async function readMembers(db: Database, { windowId }: RankingRef): Promise<number> {
  const [row] = await db.$queryRaw<{ members: bigint }[]>`SELECT board_members(${windowId}::uuid) AS members`;
  return Number(row?.members ?? 0);
}

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
