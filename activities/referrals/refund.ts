import { isEnd, next } from '../../domain/referrals/referral.ts';
import { decideRefund, type RefundDecision, type RefundFacts } from '../../domain/referrals/refund.ts';
import { must, ok, type Result, refuse } from '../../domain/refusal.ts';
import { DAY_MS } from '../../domain/time.ts';
import { tellActed } from '../../engine/points/acted.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { LockedEvent } from './event.ts';
import { type RefundedEvent, readRefunded, refundFacts } from './refund-facts.ts';
import { scoreRefund } from './refund-score.ts';
import { refuseEvent } from './refuse.ts';
import { reverseRewards } from './reverse.ts';
import type { NewReward } from './reward-row.ts';
import type { ReferralEventRef, ReferralSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeChange } from './write.ts';

/**
 * Decides a full or partial refund of an earlier action. Takes back what the action earned: first from held
 * rewards, then from the available balance; the member owes the rest. Ends the referral as reversed when it
 * no longer qualifies.
 */
export function refundAction(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'waits' }, refundEvent);
}

async function refundEvent(tx: Tx, event: LockedEvent): Promise<ReferralSnapshot> {
  const possible = checkRefund(event, await readRefunded(tx, event));
  if (!possible.ok) {
    // An action that the referral never accepted may have counted for points.
    if (possible.code === 'refund_of_unknown') await tellRefund(tx, event);
    return await refuseEvent(tx, event, possible);
  }
  const facts = await refundFacts(tx, event, possible.value);
  const decision = decideRefund(event.policy, facts);
  if (!decision.ok) return await refuseEvent(tx, event, decision);
  const places = await reverseRewards(tx, event, facts, decision.value);
  const after = await writeRefund(tx, event, facts, decision.value, places);
  await scoreRefund(tx, event, facts, decision.value);
  await tellRefund(tx, event);
  return after;
}

/** Whether there is something to refund, and the refund is in time. */
function checkRefund(
  { referral, policy, occurred_at_ms }: LockedEvent,
  refunded: RefundedEvent | null,
): Result<RefundedEvent> {
  if (refunded === null) {
    return refuse('refund_of_unknown', 'There is no accepted event with the key that is to be refunded.');
  }
  // A reversed referral may have earned by other actions, which can be refunded too.
  if (isEnd(referral.stage) && referral.stage !== 'reversed') {
    return refuse('refund_too_late', `The referral has ended: it is ${referral.stage}.`);
  }
  const isLate =
    referral.qualified_at_ms !== null &&
    occurred_at_ms > referral.qualified_at_ms + policy.refund_days * DAY_MS;
  return isLate
    ? refuse('refund_too_late', `Refunds count for ${policy.refund_days} days after qualifying.`)
    : ok(refunded);
}

async function tellRefund(tx: Tx, { engages, ref }: LockedEvent): Promise<void> {
  if (engages) await tellActed(tx, ref.programId, ref.eventId);
}

async function writeRefund(
  tx: Tx,
  event: LockedEvent,
  facts: RefundFacts,
  decision: RefundDecision,
  rewards: readonly NewReward[],
): Promise<ReferralSnapshot> {
  const { ref, referral, policy, subject } = event;
  const { programId, referralId, eventId } = ref;
  const { unqualifies, full } = decision;
  const stage = unqualifies ? must(next(referral.stage, 'refund')) : referral.stage;
  const reversed = reversedOf(decision, policy.unit);
  const refunded = facts.refundValue?.minor.toString() ?? 'all that is left';
  return await writeChange(tx, {
    programId,
    referralId,
    stage,
    reason: unqualifies ? 'refunded' : null,
    ...(unqualifies && {
      ended_at_ms: ref.now_ms,
      counted: { referrerId: referral.referrerId, by: -1 as const },
    }),
    rewards,
    outbox: [
      {
        key: `reward.reversed:${eventId}`,
        subject: `referral:${referralId}`,
        members: [...new Set([referral.referrerId, ...reversed.map(({ memberId }) => memberId)])],
        type: 'reward.reversed',
        payload: { referralId, eventId, unqualified: unqualifies, reversed },
      },
    ],
    decided: {
      eventId,
      subject,
      outcome: { decision: 'accepted', referralId, stage, trace: { refunded, full, reversed } },
    },
  });
}

/** Returns what was taken back, in the form of messages and traces. */
const reversedOf = ({ reversals }: RefundDecision, unit: string) =>
  reversals.map(({ rewardId, ruleId, recipientId, amount_minor }) => ({
    rewardId,
    ruleId,
    memberId: recipientId,
    amount: { minor: amount_minor.toString(), unit },
  }));
