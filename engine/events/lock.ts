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

/**
 * Locks events in the order in which they arrived, until the transaction ends. Returns those that are not
 * decided already, by id. Throws when one does not exist.
 */
export async function lockOpenEvents(
  tx: Tx,
  programId: string,
  eventIds: readonly string[],
): Promise<ReadonlyMap<string, Omit<OpenEvent, 'engages' | 'occurredAt'>>> {
  const rows = await tx.$queryRaw<
    { id: string; state: string; type: string; subject: string | null; payload: OpenEvent['payload'] }[]
  >`
    SELECT e.id::text, e.state::text, e.type, e.subject, e.payload FROM events e
    WHERE e.program_id = ${programId}::uuid AND e.id = ANY(${[...eventIds]}::uuid[])
    ORDER BY e.seq FOR UPDATE`;
  const found = new Set(rows.map(({ id }) => id));
  const missing = eventIds.find((id) => !found.has(id));
  if (missing !== undefined) throw new Error(`event ${missing} does not exist`);
  return new Map(rows.filter(({ state }) => state !== 'decided').map((row) => [row.id, row]));
}

/** Locks events whether they are decided or not, as their decisions do, in the order of their arrival. */
export async function lockEventRows(tx: Tx, programId: string, eventIds: readonly string[]): Promise<void> {
  await tx.$queryRaw`
    SELECT FROM events WHERE program_id = ${programId}::uuid AND id = ANY(${[...eventIds]}::uuid[])
    ORDER BY seq FOR NO KEY UPDATE`;
}
