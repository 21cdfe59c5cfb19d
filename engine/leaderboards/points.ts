import type { Tx } from '../../prisma/client.ts';
import { lockMembers } from '../members/lock.ts';
import { type BoardRow, boardsOf } from './in-play.ts';
import { keepScores } from './score.ts';

/** Points that a member earned, or lost again. */
export interface PointScore {
  readonly programId: string;
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
 * Moves the member's scores on the boards of points, in the transaction that earned the points. A repeat of
 * that transaction finds its event decided and does not get here. Locks the member's row. A program without
 * such a board pays one query.
 */
export async function scorePoints(tx: Tx, change: PointScore): Promise<void> {
  const { programId, memberId, points, occurred_at_ms, earned } = change;
  const earned_at_ms = earned?.at_ms ?? occurred_at_ms;
  const boards = await pointBoards(tx, programId, new Date(earned_at_ms));
  if (boards.length === 0 || points === 0n) return;
  await lockMembers(tx, programId, [memberId]);
  await keepScores(tx, {
    programId,
    memberId,
    boards,
    referrals: 0,
    revenue: [],
    points,
    earned_at_ms,
    at_ms: occurred_at_ms,
    decided_at_ms: earned?.decided_at_ms ?? null,
  });
}

/** A program's boards of points, with the seasons that hold a moment. */
async function pointBoards(tx: Tx, programId: string, at: Date) {
  const rows = await tx.$queryRaw<(BoardRow & { readonly timeZone: string })[]>`
    SELECT b.id::text, b.metric::text, b.unit, b.period::text, board_since_ms(b) AS since_ms,
      p.time_zone AS "timeZone", (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', w.id, 'key', w.key, 'starts_at', w.starts_at, 'ends_at', w.ends_at,
        'closes_at', w.closes_at)), '[]')
      FROM board_windows w WHERE b.period = 'season' AND w.program_id = b.program_id AND w.board_id = b.id
        AND w.starts_at <= ${at} AND ${at} < w.ends_at) AS seasons
    FROM boards b JOIN programs p ON p.id = b.program_id
    WHERE b.program_id = ${programId}::uuid AND b.metric = 'points'`;
  return boardsOf(rows, rows[0]?.timeZone ?? 'UTC');
}
