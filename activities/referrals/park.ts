import { parkEvent } from '../../engine/events/park.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';

/** How long a waiting event rests when nothing wakes it; the end of a review does so earlier. */
const REVIEW_POLL = '1 hour';

/** As long as the pump lets the events of a paused program rest. */
const PAUSE_POLL = '1 minute';

/** Sends an event back to wait for the end of its referral's review. */
export const waitForReview = (tx: Tx, ref: ReferralEventRef) => wait(tx, ref, 'in_review', REVIEW_POLL);

/** Sends an event back that was handed over as its program was paused: it waits for the end of the pause with the others. */
export const waitForProgram = (tx: Tx, ref: ReferralEventRef) => wait(tx, ref, 'program_paused', PAUSE_POLL);

async function wait(
  tx: Tx,
  { programId, eventId }: ReferralEventRef,
  reason: 'in_review' | 'program_paused',
  rest: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE events SET state = 'waiting', reason = ${reason}, due_at = now() + ${rest}::interval
    WHERE program_id = ${programId}::uuid AND id = ${eventId}::uuid AND state <> 'decided'`;
}

/** Takes an event that no try could handle out of the queue, with the reason, for an operator to see and retry. */
export function parkReferralEvent(
  deps: ActivityDeps,
  ref: ReferralEventRef & { readonly reason: string },
): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    await parkEvent(tx, ref);
    return await readSnapshot(tx, ref);
  });
}
