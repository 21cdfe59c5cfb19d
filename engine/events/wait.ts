import type { Tx } from '../../prisma/client.ts';
import type { EventRef } from './lock.ts';

/** As long as the pump lets the events of a paused program rest. */
const PAUSE_POLL = '1 minute';

/** Why an event goes back to wait: its referral is in review, or its program is paused. */
export type WaitReason = 'in_review' | 'program_paused';

/**
 * Sends an undecided event back to wait, for `rest` (a PostgreSQL interval) unless something wakes it
 * earlier.
 */
export async function sendToWait(
  tx: Tx,
  { programId, eventId }: EventRef,
  reason: WaitReason,
  rest: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE events SET state = 'waiting', reason = ${reason}, due_at = now() + ${rest}::interval
    WHERE program_id = ${programId}::uuid AND id = ${eventId}::uuid AND state <> 'decided'`;
}

/**
 * Sends an event back that was handed over as its program was paused: the end of the pause wakes it with the
 * others.
 */
export const waitForProgram = (tx: Tx, ref: EventRef) => sendToWait(tx, ref, 'program_paused', PAUSE_POLL);
