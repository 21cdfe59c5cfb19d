import { isOnHold } from '../../domain/programs/deciding.ts';
import { waitForProgram } from '../../engine/events/wait.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type LockedEvent, lockEvent } from './event.ts';
import { waitForReview } from './park.ts';
import { settleCounts } from './settle-counts.ts';
import { readTime, settleTime } from './settle-time.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';

/**
 * Decides an event about an existing referral in one transaction, by `decideStep`. An event that is already
 * decided changes nothing. While the program is paused, the event waits until the pause ends. During a review
 * it waits until the review ends, unless it is the review's own. Returns the referral's new snapshot.
 */
export function takeReferralStep(
  deps: ActivityDeps,
  ref: ReferralEventRef,
  { duringReview }: { readonly duringReview: 'waits' | 'goes on' },
  decideStep: (tx: Tx, event: LockedEvent) => Promise<ReferralSnapshot>,
): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const event = await lockEvent(tx, deps.policies, ref);
    const inReview = event?.referral.stage === 'in_review' && duringReview === 'waits';
    if (event !== null && isOnHold(event.programStatus)) await waitForProgram(tx, ref);
    else if (inReview) await waitForReview(tx, ref);
    else if (event !== null) {
      const before = await readTime(tx, event);
      const after = await decideStep(tx, { ...event, end_ms: before?.end_ms ?? null });
      await settleCounts(tx, event);
      // What has not changed ends when it did.
      return after.version === event.referral.version ? after : ((await settleTime(tx, before)) ?? after);
    }
    return await readSnapshot(tx, ref);
  });
}
