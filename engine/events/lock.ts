import type { Tx } from '../../prisma/client.ts';

/** Which event, and of which program. */
export interface EventRef {
  readonly programId: string;
  readonly eventId: string;
}

/** An event that is locked and not decided yet. */
export interface OpenEvent {
  readonly type: string;
  readonly subject: string | null;
  readonly payload: Readonly<Record<string, string | null>>;
  readonly occurredAt: Date;
  /** Whether the policy in force has rules for members. */
  readonly engages: boolean;
}

/**
 * Locks an event until the transaction ends. Null when it is decided already. Throws when it does not exist.
 */
export async function lockOpenEvent(tx: Tx, { programId, eventId }: EventRef): Promise<OpenEvent | null> {
  const [row] = await tx.$queryRaw<(OpenEvent & { state: string })[]>`
    SELECT e.state::text, e.type, e.subject, e.payload, e.occurred_at AS "occurredAt", p.engages
    FROM events e JOIN programs p ON p.id = e.program_id
    WHERE e.program_id = ${programId}::uuid AND e.id = ${eventId}::uuid FOR UPDATE OF e`;
  if (row === undefined) throw new Error(`event ${eventId} does not exist`);
  return row.state === 'decided' ? null : row;
}

/** Locks an event whether it is decided or not, as its decision does. */
export async function lockEventRow(tx: Tx, { programId, eventId }: EventRef): Promise<void> {
  await tx.$queryRaw`
    SELECT FROM events WHERE program_id = ${programId}::uuid AND id = ${eventId}::uuid FOR NO KEY UPDATE`;
}
