import type { Tx } from '../../prisma/client.ts';
import { scorePoints } from '../leaderboards/points.ts';
import type { Mover, PointMove } from './move.ts';

/**
 * Moves the scores of boards that rank by points. What is taken back leaves the windows in which it was
 * earned. Boards count the points unit of the policy in force. The caller has locked the members.
 */
export async function scoreMoves(tx: Tx, mover: Mover, moves: readonly PointMove[]): Promise<void> {
  const { programId, unit } = mover;
  const scoring = moves.filter((move) => move.unit === unit);
  const origins = await originsOf(tx, programId, scoring);
  const scores = scoring.map(({ memberId, amount_minor: points, occurred_at_ms, takesFrom }) => {
    const earned = takesFrom === undefined ? null : (origins.get(takesFrom) ?? null);
    return { memberId, points, occurred_at_ms, earned };
  });
  await scorePoints(tx, programId, scores);
}

/** When the postings were earned that moves take from, and when that was decided. */
async function originsOf(tx: Tx, programId: string, moves: readonly PointMove[]) {
  const ids = moves.flatMap(({ takesFrom }) => takesFrom ?? []);
  if (ids.length === 0) return new Map<string, { at_ms: number; decided_at_ms: number }>();
  const rows = await tx.pointPosting.findMany({
    where: { programId, id: { in: ids } },
    select: { id: true, occurredAt: true, createdAt: true },
  });
  return new Map(
    rows.map(({ id, occurredAt, createdAt }) => [
      id,
      { at_ms: occurredAt.getTime(), decided_at_ms: createdAt.getTime() },
    ]),
  );
}
