import type { Tx } from '../../prisma/client.ts';
import { type BoardRow, boardsOf } from './in-play.ts';
import { keepAllScores } from './score.ts';

/** Points that a member earned, or lost again. */
export interface PointScore {
  readonly memberId: string;
  /**
   * Negative when they are taken back. Points that expire or are spent stay on the boards, as they were
   * earned.
   */
  readonly points: bigint;
  /** When this happened. */
  readonly occurred_at_ms: number;
  /** When points that are taken back were earned, and when that was decided; null: the points are new. */
  readonly earned: { readonly at_ms: number; readonly decided_at_ms: number } | null;
}

/**
 * Moves members' scores on the boards of points, one after the other, in the transaction that earned the
 * points. A repeat of that transaction finds its events decided and does not get here. The caller has locked
 * the members. A program without such a board pays one query.
 */
export async function scorePoints(tx: Tx, programId: string, scores: readonly PointScore[]): Promise<void> {
  const earnedAt = ({ earned, occurred_at_ms }: PointScore) => earned?.at_ms ?? occurred_at_ms;
  const times = scores.map(earnedAt);
  if (times.length === 0) return;
  const boards = await pointBoards(tx, programId, Math.min(...times), Math.max(...times));
  if (boards.length === 0) return;
  const changes = scores.map((score) => ({
    programId,
    memberId: score.memberId,
    boards,
    referrals: 0 as const,
    revenue: [],
    points: score.points,
    earned_at_ms: earnedAt(score),
    at_ms: score.occurred_at_ms,
    decided_at_ms: score.earned?.decided_at_ms ?? null,
  }));
  await keepAllScores(tx, programId, changes);
}

/** A program's boards of points, with the seasons that hold a moment between two. */
async function pointBoards(tx: Tx, programId: string, from_ms: number, to_ms: number) {
  const [from, to] = [new Date(from_ms), new Date(to_ms)];
  const rows = await tx.$queryRaw<(BoardRow & { readonly timeZone: string })[]>`
    SELECT b.id::text, b.metric::text, b.unit, b.period::text, board_since_ms(b) AS since_ms,
      p.time_zone AS "timeZone", (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', w.id, 'key', w.key, 'starts_at', w.starts_at, 'ends_at', w.ends_at,
        'closes_at', w.closes_at)), '[]')
      FROM board_windows w WHERE b.period = 'season' AND w.program_id = b.program_id AND w.board_id = b.id
        AND w.starts_at <= ${to}::timestamptz AND ${from}::timestamptz < w.ends_at) AS seasons
    FROM boards b JOIN programs p ON p.id = b.program_id
    WHERE b.program_id = ${programId}::uuid AND b.metric = 'points'`;
  return boardsOf(rows, rows[0]?.timeZone ?? 'UTC');
}
