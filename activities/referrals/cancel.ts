import { decideCancel } from '../../domain/referrals/cancel.ts';
import { CANCELLED, isCounted, next } from '../../domain/referrals/referral.ts';
import type { Reversal } from '../../domain/referrals/refund.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { readQualifying } from './actions.ts';
import { correctedBy } from './corrected-by.ts';
import type { LockedEvent } from './event.ts';
import { referredOf } from './referred.ts';
import { lockGranted } from './refund-facts.ts';
import { refuseEvent } from './refuse.ts';
import { reversedMessage, reversedOf, reverseRewards } from './reverse.ts';
import { unscore } from './score.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeChange } from './write.ts';

/**
 * Ends a referral by an operator's word, as when fraud is found late: takes back all that it brought, in the
 * referrer's count and on boards too. What still comes for it is refused. Returns the referral's new
 * snapshot.
 */
export function cancelReferral(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'goes on' }, async (tx, event) =>
    cancel(tx, { ...event, subject: await referredOf(tx, event) }),
  );
}

async function cancel(tx: Tx, event: LockedEvent): Promise<ReferralSnapshot> {
  const { ref, referral, policy, subject } = event;
  const { programId, referralId, eventId } = ref;
  const stage = next(referral.stage, 'cancel');
  if (!stage.ok) return await refuseEvent(tx, event, stage);
  const wasCounted = isCounted(referral.stage);
  const granted = await lockGranted(tx, event, null);
  const { referrerId, qualifiedCount } = referral;
  const reversals = decideCancel(policy.rules, {
    ...granted,
    referrerId,
    qualifiedCount,
    isCounted: wasCounted,
  });
  const places = await reverseRewards(tx, event, granted, { reversals });
  await nameCommand(tx, event, reversals);
  const qualifying = wasCounted ? await readQualifying(tx, event) : null;
  if (qualifying !== null) await unscore(tx, event, qualifying);
  const lost = reversals.length === 0 ? [] : [reversedMessage(event, { reversals, unqualifies: wasCounted })];
  return await writeChange(tx, {
    programId,
    referralId,
    stage: stage.value,
    reason: CANCELLED,
    ended_at_ms: ref.now_ms,
    ...(wasCounted && { counted: { referrerId, by: -1 as const } }),
    rewards: places,
    outbox: [cancelledMessage(event), ...lost],
    decided: {
      eventId,
      subject,
      outcome: {
        decision: 'accepted',
        referralId,
        stage: stage.value,
        trace: { reversed: reversedOf(event, { reversals }) },
      },
    },
  });
}

/** Says of the referral, and of its rewards that are gone, by which command they went. */
async function nameCommand(tx: Tx, { ref }: LockedEvent, reversals: readonly Reversal[]): Promise<void> {
  const { programId, referralId, eventId } = ref;
  const ids = reversals.flatMap(({ rewardId }) => rewardId ?? []);
  await tx.reward.updateMany({
    where: { programId, referralId, id: { in: ids }, status: 'reversed' },
    data: { takenBackBy: eventId },
  });
  await correctedBy(tx, ref);
}

function cancelledMessage({ ref, referral }: LockedEvent): OutboxMessage {
  const { referralId, eventId } = ref;
  const { referrerId, referredId } = referral;
  return {
    key: `referral.cancelled:${referralId}`,
    subject: `referral:${referralId}`,
    members: [referrerId],
    type: 'referral.rejected',
    payload: { referralId, referrerId, referredId, eventId },
  };
}
