import type { Database, Tx } from '../../prisma/client.ts';
import { type PolicyVersion, Prisma } from '../../prisma/generated/client.ts';

/**
 * A sub-select: the latest policy version of the program that the expression names; null before the first.
 */
export const latestVersion = (programId: Prisma.Sql) =>
  Prisma.sql`(SELECT max(v.version) FROM policy_versions v WHERE v.program_id = ${programId})`;

/** The same as of a time, which is SQL too. */
const latestVersionAt = (programId: Prisma.Sql, at: Prisma.Sql) =>
  Prisma.sql`(SELECT max(v.version) FROM policy_versions v
              WHERE v.program_id = ${programId} AND v.published_at <= ${at})`;

/** The version that was in force at a time; the latest where none was yet. */
export const versionInForce = (programId: Prisma.Sql, at: Prisma.Sql) =>
  Prisma.sql`coalesce(${latestVersionAt(programId, at)}, ${latestVersion(programId)})`;

/** Reads the version of a program's policy that is in force for what begins now; null before the first. */
export async function latestPolicyVersion(db: Database | Tx, programId: string): Promise<number | null> {
  const [row] = await db.$queryRaw<{ version: number | null }[]>`
    SELECT ${latestVersion(Prisma.sql`${programId}::uuid`)} AS version`;
  return row?.version ?? null;
}

/** Reads that version with its rules; null before the first. */
export async function latestPolicy(db: Database | Tx, programId: string): Promise<PolicyVersion | null> {
  const [row] = await db.$queryRaw<PolicyVersion[]>`
    SELECT v.program_id::text AS "programId", v.version, v.body, v.published_at AS "publishedAt"
    FROM policy_versions v
    WHERE v.program_id = ${programId}::uuid AND v.version = ${latestVersion(Prisma.sql`${programId}::uuid`)}`;
  return row ?? null;
}

/** Reads the body of the latest version whose unit is this one; null: none ever was. */
export async function latestPolicyIn(
  db: Database | Tx,
  programId: string,
  unit: string,
): Promise<{ readonly body: unknown } | null> {
  const [row] = await db.$queryRaw<{ body: unknown }[]>`
    SELECT body FROM policy_versions
    WHERE program_id = ${programId}::uuid AND body->>'unit' = ${unit}
    ORDER BY version DESC LIMIT 1`;
  return row ?? null;
}
