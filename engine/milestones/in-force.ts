import type { Milestone } from '../../domain/milestones/policy.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { latestVersion } from '../policies/latest.ts';

/** A program's milestones as they are now. */
export interface MilestonesInForce {
  readonly version: number;
  readonly milestones: readonly Milestone[];
}

/** Members of an ended program still earn, so that what began can finish. */
const EARNING: ReadonlySet<string> = new Set(['live', 'ended']);

export const isEarning = (status: string): boolean => EARNING.has(status);

/** The milestones of the policy in force; null while nothing is granted: the program is paused or has no policy. */
export async function milestonesInForce(
  tx: Database | Tx,
  policies: Policies,
  programId: string,
): Promise<MilestonesInForce | null> {
  const [row] = await tx.$queryRaw<{ status: string; version: number | null }[]>`
    SELECT p.status::text, ${latestVersion(Prisma.sql`p.id`)} AS version
    FROM programs p WHERE p.id = ${programId}::uuid`;
  if (row === undefined || row.version === null || !isEarning(row.status)) return null;
  const { milestones = [] } = await policies.load(tx, programId, row.version);
  return { version: row.version, milestones };
}
