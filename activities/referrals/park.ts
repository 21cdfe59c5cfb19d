import { parkAndRead } from '../../engine/events/park.ts';
import { sendToWait } from '../../engine/events/wait.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';

/** How long a waiting event rests when nothing wakes it; the end of a review does so earlier. */
const REVIEW_POLL = '1 hour';

/** Sends an event back to wait for the end of its referral's review. */
export const waitForReview = (tx: Tx, ref: ReferralEventRef) => sendToWait(tx, ref, 'in_review', REVIEW_POLL);

/**
 * Takes an event that failed for good out of the queue, with the reason, so that an operator can see and
 * retry it.
 */
export function parkReferralEvent(
  deps: ActivityDeps,
  ref: ReferralEventRef & { readonly reason: string },
): Promise<ReferralSnapshot> {
  return parkAndRead(deps, ref, readSnapshot);
}
