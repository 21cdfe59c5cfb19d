import type { Milestone } from '../../domain/milestones/policy.ts';
import { finishesBegun } from '../../domain/programs/deciding.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { latestVersion } from '../policies/latest.ts';
import { programStatusSql } from '../programs/status.ts';

/** A program's milestones as they are now. */
export interface MilestonesInForce {
  readonly version: number;
  readonly milestones: readonly Milestone[];
}

/**
 * The milestones of the policy in force; null while nothing is granted: the program is paused or has no
 * policy.
 */
export async function milestonesInForce(
  tx: Database | Tx,
  policies: Policies,
  { programId, now_ms }: { readonly programId: string; readonly now_ms: number },
): Promise<MilestonesInForce | null> {
  const [row] = await tx.$queryRaw<{ status: ProgramStatus; version: number | null }[]>`
    SELECT ${programStatusSql(now_ms)}::text AS status, ${latestVersion(Prisma.sql`p.id`)} AS version
    FROM programs p WHERE p.id = ${programId}::uuid`;
  if (row === undefined || row.version === null || !finishesBegun(row.status)) return null;
  const { milestones = [] } = await policies.load(tx, programId, row.version);
  return { version: row.version, milestones };
}
