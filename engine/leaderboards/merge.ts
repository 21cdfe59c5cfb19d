import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Merge } from '../members/merging.ts';
import { setScores } from './past.ts';

interface ScoreRow {
  readonly id: string;
  readonly board: string;
  readonly key: string;
  readonly starts_at: Date | null;
  readonly ends_at: Date | null;
  readonly closes_at: Date | null;
  readonly score: bigint;
  readonly at_ms: bigint;
}

/**
 * Moves the member's scores in windows that are open, each as of when it was reached. What is closed stays
 * as it was. A board whose past is being counted counts the one who stays anew, whoever of the two it has
 * counted by now. The caller has locked both members, and has moved the referrals.
 */
export async function mergeScores(tx: Tx, { programId, goesId, staysId }: Merge): Promise<void> {
  const scores = await tx.$queryRaw<ScoreRow[]>`
    SELECT w.id::text, w.board_id::text AS board, w.key, w.starts_at, w.ends_at, w.closes_at, s.score,
      -s.earliness AS at_ms
    FROM board_scores s JOIN board_windows w ON w.program_id = s.program_id AND w.id = s.window_id
    WHERE s.program_id = ${programId}::uuid AND s.member_id = ${goesId}::uuid AND s.score > 0
      AND w.closed_at IS NULL ORDER BY w.id`;
  if (scores.length > 0) {
    await change(tx, programId, goesId, scores, -1n);
    await change(tx, programId, staysId, scores, 1n);
  }
  const counting = await tx.board.findMany({
    where: { programId, metric: { not: 'points' }, backfillAt: { not: null }, backfilledAt: null },
    include: { program: { select: { timeZone: true } } },
  });
  for (const { program, ...board } of counting) await setScores(tx, board, program.timeZone, staysId);
}

async function change(
  tx: Tx,
  programId: string,
  memberId: string,
  scores: readonly ScoreRow[],
  sign: 1n | -1n,
): Promise<void> {
  const changes = scores.map(({ score, ...window }) => ({ ...window, by: sign * score }));
  await tx.$executeRaw`
    SELECT board_score(${programId}::uuid, ${memberId}::uuid, ${toJsonText(changes)}::jsonb)`;
}
