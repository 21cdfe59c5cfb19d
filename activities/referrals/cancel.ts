import { decideCancel, firstOfCancel } from '../../domain/referrals/cancel.ts';
import { CANCELLED, isCounted, next, type ReferralStage } from '../../domain/referrals/referral.ts';
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
 * referrer's count and on boards too. What still comes for it is refused. Where it brought much, that goes
 * back in transactions of their own first, and the last one decides the command: a try that ends before it
 * goes on where the one before ended. Returns the referral's new snapshot.
 */
export async function cancelReferral(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  let isWhole = true;
  const after = await takeReferralStep(deps, ref, { duringReview: 'goes on' }, async (tx, locked) => {
    const event = { ...locked, subject: await referredOf(tx, locked) };
    const stage = next(event.referral.stage, 'cancel');
    if (!stage.ok) return await refuseEvent(tx, event, stage);
    const granted = await lockGranted(tx, event, null);
    const first = firstOfCancel(granted.rewards);
    isWhole = first.length === 0;
    return isWhole
      ? await cancel(tx, event, stage.value, granted)
      : await takeBackFirst(tx, event, granted, first);
  });
  return isWhole ? after : await cancelReferral(deps, ref);
}

type Granted = Awaited<ReturnType<typeof lockGranted>>;

/** Takes back some of what the referral brought. The command is not decided by it. */
async function takeBackFirst(
  tx: Tx,
  event: LockedEvent,
  granted: Granted,
  reversals: readonly Reversal[],
): Promise<ReferralSnapshot> {
  const { programId, referralId } = event.ref;
  await reverseRewards(tx, event, granted, { reversals });
  await nameCommand(tx, event, reversals);
  const { key, ...message } = reversedMessage(event, { reversals, unqualifies: false });
  return await writeChange(tx, {
    programId,
    referralId,
    stage: null,
    rewards: [],
    outbox: [{ ...message, key: `${key}:${reversals[0]?.rewardId}` }],
    decided: null,
  });
}

async function cancel(
  tx: Tx,
  event: LockedEvent,
  stage: ReferralStage,
  granted: Granted,
): Promise<ReferralSnapshot> {
  const { ref, referral, policy, subject } = event;
  const { programId, referralId, eventId } = ref;
  const wasCounted = isCounted(referral.stage);
  const where = { programId, referralId, takenBackBy: eventId };
  const reversed_before = await tx.reward.count({ where });
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
    stage,
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
        stage,
        trace: {
          reversed: reversedOf(event, { reversals }),
          ...(reversed_before > 0 && { reversed_before }),
        },
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
