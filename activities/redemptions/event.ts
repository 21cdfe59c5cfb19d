import type { Tx } from '../../prisma/client.ts';
import type { RedemptionEventRef } from './snapshot.ts';

export interface OpenEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, string | null>>;
}

/** Locks a command about a redemption; null when it is decided already. Throws when it does not exist. */
export async function lockOpenEvent(tx: Tx, ref: RedemptionEventRef): Promise<OpenEvent | null> {
  const [row] = await tx.$queryRaw<(OpenEvent & { state: string })[]>`
    SELECT state::text, type, payload FROM events
    WHERE program_id = ${ref.programId}::uuid AND id = ${ref.eventId}::uuid FOR UPDATE`;
  if (row === undefined) throw new Error(`event ${ref.eventId} does not exist`);
  return row.state === 'decided' ? null : row;
}
