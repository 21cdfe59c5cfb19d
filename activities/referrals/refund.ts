import { isRefundLate } from '../../domain/referrals/earning.ts';
import { next, REFUNDED } from '../../domain/referrals/referral.ts';
import { decideRefund, type RefundDecision, type RefundFacts } from '../../domain/referrals/refund.ts';
import { must, ok, type Result, refuse } from '../../domain/refusal.ts';
import { addDays } from '../../domain/time.ts';
import { waitForFirst } from '../../engine/events/wait.ts';
import { tellActed } from '../../engine/points/acted.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type Action, readRefunded, readTakenBack } from './actions.ts';
import { withCounts } from './counts.ts';
import type { LockedEvent } from './event.ts';
import { isQualifying, refundFacts } from './refund-facts.ts';
import { refuseEvent } from './refuse.ts';
import { reinstateAction } from './reinstate.ts';
import { findSuccessor, grantInPlace, qualifiedBy, stageInPlace } from './requalify.ts';
import { reversedMessage, reversedOf, reverseRewards } from './reverse.ts';
import type { NewReward } from './reward-row.ts';
import type { GrantedRewards } from './rewards.ts';
import { scoreInPlace, scoreRefund } from './score.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { takeReferralStep } from './step.ts';
import { writeChange } from './write.ts';

/**
 * Decides a full or partial refund of an earlier action. Takes back what the action earned: first from held
 * rewards, then from the available balance; the member owes the rest. When it was the action that qualified
 * the referral, the earliest other one that would takes its place; without one, the referral is signed up as
 * before, or reversed where the time to qualify is over. A refund of a refund gives back what that took.
 */
export function refundAction(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return takeReferralStep(deps, ref, { duringReview: 'waits' }, refundEvent);
}

async function refundEvent(tx: Tx, locked: LockedEvent): Promise<ReferralSnapshot> {
  const event = await withCounts(tx, locked);
  const named = await readRefunded(tx, event);
  const taken = named === null ? await readTakenBack(tx, event) : null;
  if (taken !== null) return await reinstateAction(tx, event, taken);
  if (named === null && (await waitedForTarget(tx, event))) return await readSnapshot(tx, event.ref);
  const possible = checkRefund(event, named);
  if (!possible.ok) {
    // An action that the referral never accepted may have counted for points.
    if (possible.code === 'refund_of_unknown') await tellRefund(tx, event);
    return await refuseEvent(tx, event, possible);
  }
  const refunded = possible.value;
  const successor = isQualifying(event, refunded) ? await findSuccessor(tx, event, refunded) : null;
  const facts = await refundFacts(tx, event, refunded, successor !== null);
  const decision = decideRefund(event.policy, facts);
  if (!decision.ok) return await refuseEvent(tx, event, decision);
  const places = await reverseRewards(tx, event, facts, decision.value);
  const next = decision.value.requalifies ? successor : null;
  const granted = next === null ? null : await grantInPlace(tx, event, next);
  const after = await writeRefund(tx, event, { facts, decision: decision.value, places, next, granted });
  await scoreRefund(tx, event, refunded, facts, decision.value);
  if (next !== null) await scoreInPlace(tx, event, next);
  await tellRefund(tx, event);
  return after;
}

/** Sends a refund back to wait while what it takes back is not decided. Returns whether it did. */
async function waitedForTarget(tx: Tx, { ref, refundOf }: LockedEvent): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ isOpen: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM events WHERE program_id = ${ref.programId}::uuid AND key = ${refundOf}
        AND state NOT IN ('decided', 'unmatched')) AS "isOpen"`;
  if (row?.isOpen === true) await waitForFirst(tx, ref, 'refunded_event');
  return row?.isOpen === true;
}

/** Whether there is something to refund, and the refund is in time. */
function checkRefund(
  { policy, occurred_at_ms: refunded_at_ms }: LockedEvent,
  refunded: Action | null,
): Result<Action> {
  if (refunded === null) {
    return refuse('refund_of_unknown', 'No accepted event has the key that this refund names.');
  }
  return isRefundLate(policy, { acted_at_ms: refunded.occurred_at_ms, refunded_at_ms })
    ? refuse('refund_too_late', `Refunds count for ${policy.refund_days} days after what they take back.`)
    : ok(refunded);
}

async function tellRefund(tx: Tx, { engages, ref }: LockedEvent): Promise<void> {
  if (engages) await tellActed(tx, ref.programId, ref.eventId);
}

/** What a refund comes to. */
interface Refund {
  readonly facts: RefundFacts;
  readonly decision: RefundDecision;
  /** Rows for places in the referrer's count that are taken back. */
  readonly places: readonly NewReward[];
  /** The action that qualifies the referral from now on, and what it earns; null: none does, or as before. */
  readonly next: Action | null;
  readonly granted: GrantedRewards | null;
}

async function writeRefund(tx: Tx, event: LockedEvent, refund: Refund): Promise<ReferralSnapshot> {
  const { ref, referral, subject } = event;
  const { programId, referralId, eventId } = ref;
  const { facts, decision, places, next, granted } = refund;
  const after = await stageAfter(tx, event, refund);
  const reversed = reversedOf(event, decision);
  const refunded = facts.refundValue?.minor.toString() ?? 'all that is left';
  const { full, unqualifies, requalifies } = decision;
  const trace = {
    refunded,
    full,
    reversed,
    referrer_id: referral.referrerId,
    ...((unqualifies || requalifies) && { fell: true }),
    ...(next !== null && { qualified_by: next.id }),
  };
  return await writeChange(tx, {
    programId,
    referralId,
    ...after,
    ...(unqualifies && { counted: { referrerId: referral.referrerId, by: -1 as const } }),
    ...(next !== null && qualifiedBy(event, next)),
    rewards: [...places, ...(granted?.rows ?? [])],
    outbox: [reversedMessage(event, decision), ...(granted?.messages ?? [])],
    decided: {
      eventId,
      subject,
      outcome: {
        decision: 'accepted',
        referralId,
        stage: after.stage,
        ...(granted !== null && { rewards: granted.outcomes }),
        trace,
      },
    },
  });
}

/** Where a refund leaves the referral, as `writeChange` takes it. */
async function stageAfter(tx: Tx, { ref, referral, policy }: LockedEvent, { decision, granted }: Refund) {
  const { stage, reason } = referral;
  if (decision.requalifies) return { stage: await stageInPlace(tx, ref, referral, granted?.rows ?? []) };
  if (!decision.unqualifies) return { stage, reason };
  const until_ms = addDays(referral.signed_up_at_ms ?? ref.now_ms, policy.qualification.within_days);
  const isOver = until_ms <= ref.now_ms;
  return isOver
    ? { stage: must(next(stage, 'refund')), reason: REFUNDED, ended_at_ms: ref.now_ms }
    : { stage: must(next(stage, 'unqualify')), reason: REFUNDED, due_at_ms: until_ms, isReopened: true };
}
