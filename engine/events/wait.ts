import type { Tx } from '../../prisma/client.ts';
import type { EventRef } from './lock.ts';
import { wakePump } from './wake.ts';
import { referralWorkflow } from './workflow-ids.ts';

/** As long as the pump lets the events of a paused program rest. */
const PAUSE_POLL = '1 minute';

/** How long an event rests that came before what it builds on was decided; that decision wakes it. */
const FIRST_POLL = '1 second';

/** What an event builds on. */
type First = 'signup' | 'refunded_event';

/** Why an event goes back to wait: its referral is in review, its program is paused, or it came too early. */
export type WaitReason = 'in_review' | 'program_paused' | `waits_for_${First}`;

/**
 * Sends an undecided event back to wait, for `rest` (a PostgreSQL interval) unless something wakes it
 * earlier.
 */
export const sendToWait = (tx: Tx, { programId, eventId }: EventRef, reason: WaitReason, rest: string) =>
  sendAllToWait(tx, programId, [eventId], { reason, rest });

interface Wait {
  readonly reason: WaitReason;
  readonly rest: string;
  /** Whether the pump is to find anew who decides them. */
  readonly anew?: boolean;
}

async function sendAllToWait(
  tx: Tx,
  programId: string,
  eventIds: readonly string[],
  { reason, rest, anew = false }: Wait,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE events SET state = 'waiting', reason = ${reason}, due_at = now() + ${rest}::interval,
      workflow_id = CASE WHEN NOT ${anew} THEN workflow_id END
    WHERE program_id = ${programId}::uuid AND id = ANY(${[...eventIds]}::uuid[]) AND state <> 'decided'`;
}

/**
 * Sends a signup on to the referral that it belongs to, as its claims say: an invitation that it answers. The
 * pump hands it over there.
 */
export async function sendToReferral(
  tx: Tx,
  { programId, eventId }: EventRef,
  referralId: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE events SET state = 'waiting', reason = 'waits_for_invitation', due_at = now(),
      workflow_id = ${referralWorkflow(referralId)}
    WHERE program_id = ${programId}::uuid AND id = ${eventId}::uuid AND state <> 'decided'`;
  await wakePump(tx);
}

/**
 * Sends an event back that was handed over as its program was paused: the end of the pause wakes it with the
 * others.
 */
export const waitForProgram = (tx: Tx, { programId, eventId }: EventRef) =>
  allWaitForProgram(tx, programId, [eventId]);

/** The same for several events. */
export const allWaitForProgram = (tx: Tx, programId: string, eventIds: readonly string[]) =>
  sendAllToWait(tx, programId, eventIds, { reason: 'program_paused', rest: PAUSE_POLL });

/**
 * Sends an event back that was handed over while what it builds on is not decided, as after the death of the
 * process that had that. The pump finds its way anew.
 */
export const waitForFirst = (tx: Tx, { programId, eventId }: EventRef, first: First) =>
  allWaitForFirst(tx, programId, [eventId], first);

/** The same for several events. */
export const allWaitForFirst = (tx: Tx, programId: string, eventIds: readonly string[], first: First) =>
  sendAllToWait(tx, programId, eventIds, { reason: `waits_for_${first}`, rest: FIRST_POLL, anew: true });
