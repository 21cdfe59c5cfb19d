import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import { lockEvent } from './event.ts';
import { closeEvent } from './refuse.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';

/**
 * Reads a referral whose deadlines passed before its workflow acted on them, and decides the event that
 * reported it.
 */
export function lookAtReferral(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const event = await lockEvent(tx, deps.policies, ref);
    if (event !== null) {
      const { stage } = event.referral;
      return await closeEvent(
        tx,
        { ref, subject: null },
        { decision: 'accepted', referralId: ref.referralId, stage },
      );
    }
    return await readSnapshot(tx, ref);
  });
}
