import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

interface Pair {
  readonly programId: string;
  readonly goesId: string;
  readonly staysId: string;
}

/** The most events that one transaction changes by itself. */
const EVENTS_MAX = 500;

/**
 * Makes the events about a member who was merged into another about the one who stays, and those that wait
 * due. `free`: all that nobody holds. `all`: those that are left, whoever holds them, some at a time. A pump
 * that claimed one before the merge, or a workflow that is deciding it, may have held it. Returns whether
 * some may be left.
 */
export async function giveSubjects(
  tx: Tx,
  { programId, goesId, staysId }: Pair,
  which: 'free' | 'all',
): Promise<boolean> {
  const isFree = which === 'free';
  if (!isFree) await tx.$executeRaw`SET LOCAL lock_timeout = '2s'`;
  const taken = isFree
    ? Prisma.sql`FOR UPDATE SKIP LOCKED`
    : Prisma.sql`ORDER BY id LIMIT ${EVENTS_MAX} FOR UPDATE`;
  const changed = await tx.$executeRaw`
    WITH named AS (
      SELECT g.external_id AS old, s.external_id AS new FROM members g, members s
      WHERE g.program_id = ${programId}::uuid AND g.id = ${goesId}::uuid
        AND s.program_id = ${programId}::uuid AND s.id = ${staysId}::uuid
    ), taken AS (
      SELECT id FROM events
      WHERE program_id = ${programId}::uuid AND subject = (SELECT old FROM named) ${taken})
    UPDATE events SET subject = (SELECT new FROM named),
      due_at = CASE WHEN state = 'waiting' THEN now() ELSE due_at END
    WHERE program_id = ${programId}::uuid AND id IN (SELECT id FROM taken)`;
  return isFree || changed === EVENTS_MAX;
}
