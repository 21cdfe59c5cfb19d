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

/** What `inForceColumns` reads. */
export interface InForceRow {
  readonly status: ProgramStatus;
  /** Null before the first policy. */
  readonly version: number | null;
}

/** SQL: the columns of `InForceRow` over a program `p`. */
export const inForceColumns = (now_ms: number): Prisma.Sql => Prisma.sql`
    ${programStatusSql(now_ms)}::text AS status, ${latestVersion(Prisma.sql`p.id`)} AS version`;

/**
 * The milestones of the policy in force; null while nothing is granted: the program is paused or has no
 * policy.
 */
export async function inForceOf(
  tx: Database | Tx,
  policies: Policies,
  programId: string,
  { status, version }: InForceRow,
): Promise<MilestonesInForce | null> {
  if (version === null || !finishesBegun(status)) return null;
  const { milestones = [] } = await policies.load(tx, programId, version);
  return { version, milestones };
}

/** The same for whoever reads nothing else of the program. */
export async function milestonesInForce(
  tx: Database | Tx,
  policies: Policies,
  { programId, now_ms }: { readonly programId: string; readonly now_ms: number },
): Promise<MilestonesInForce | null> {
  const [row] = await tx.$queryRaw<InForceRow[]>`
    SELECT ${inForceColumns(now_ms)} FROM programs p WHERE p.id = ${programId}::uuid`;
  return row === undefined ? null : await inForceOf(tx, policies, programId, row);
}
