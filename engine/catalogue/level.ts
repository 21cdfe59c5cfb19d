import { levelAt } from '../../domain/points/levels.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { policyInForce } from '../policies/in-force.ts';

/**
 * The number of the member's level, from 1, by the policy in force: items may be for members from a level on.
 * Null below the first level, and where the policy has no points.
 */
export async function levelOf(
  tx: Database | Tx,
  programId: string,
  memberId: string,
): Promise<number | null> {
  const points = (await policyInForce(tx, programId))?.policy.points;
  if (points === undefined) return null;
  const where = { programId_memberId_unit: { programId, memberId, unit: points.unit } };
  const row = await tx.memberPoints.findUnique({ where, select: { lifetimeMinor: true } });
  const level = levelAt(points.levels, row?.lifetimeMinor ?? 0n);
  return level === null ? null : points.levels.indexOf(level) + 1;
}
