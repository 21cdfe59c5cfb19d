import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import { lockEvent } from './event.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/**
 * Reads a referral whose deadlines passed before its workflow acted on them, and decides the event that
 * reported it.
 */
export function lookAtReferral(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const event = await lockEvent(tx, deps.policies, ref);
    if (event !== null) {
      const { stage } = event.referral;
      return await writeChange(tx, {
        programId: ref.programId,
        referralId: ref.referralId,
        stage: null,
        rewards: [],
        outbox: [],
        decided: {
          eventId: ref.eventId,
          subject: null,
          outcome: { decision: 'accepted', referralId: ref.referralId, stage },
        },
      });
    }
    return await readSnapshot(tx, ref);
  });
}
