import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** SQL: the status of the program `p` at a moment, as `statusAt` says it. */
export const programStatusSql = (at_ms: number): Prisma.Sql =>
  Prisma.sql`program_status_at(p.status, p.starts_at, p.ends_at, ${new Date(at_ms)}::timestamptz)`;

/** A program's status at a moment. Throws when there is no such program. */
export async function programStatus(
  db: Database | Tx,
  programId: string,
  at_ms: number,
): Promise<ProgramStatus> {
  const [row] = await db.$queryRaw<{ status: ProgramStatus }[]>`
    SELECT ${programStatusSql(at_ms)}::text AS status FROM programs p WHERE p.id = ${programId}::uuid`;
  if (row === undefined) throw new Error(`program ${programId} does not exist`);
  return row.status;
}
