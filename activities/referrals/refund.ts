import type { Posting } from '../../domain/ledger/posting.ts';
import { reversePosting } from '../../domain/ledger/postings.ts';
import type { Money } from '../../domain/money.ts';
import { isEnd, next } from '../../domain/referrals/referral.ts';
import {
  decideRefund,
  type RefundDecision,
  type RefundFacts,
  type Reversal,
} from '../../domain/referrals/refund.ts';
import { must, ok, type Result, refuse } from '../../domain/refusal.ts';
import { DAY_MS } from '../../domain/time.ts';
import { waitForProgram } from '../../engine/events/wait.ts';
import { tellActed } from '../../engine/points/acted.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { post } from '../../ledger/post.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { type LockedEvent, lockEvent } from './event.ts';
import { waitForReview } from './park.ts';
import { type RefundedEvent, readRefunded, refundFacts } from './refund-facts.ts';
import { scoreRefund } from './refund-score.ts';
import { refuseEvent } from './refuse.ts';
import type { NewReward } from './rewards.ts';
import { type ReferralEventRef, type ReferralSnapshot, readSnapshot } from './snapshot.ts';
import { writeChange } from './write.ts';

/**
 * Decides a refund, whole or partial, of an earlier action: takes back what the action had brought, from what is held first, then
 * from what is available, and what that lacks is owed. Ends the referral as reversed when it no longer qualifies.
 */
export function refundAction(deps: ActivityDeps, ref: ReferralEventRef): Promise<ReferralSnapshot> {
  return inTransaction(deps, async (tx) => {
    const event = await lockEvent(tx, deps.policies, ref);
    if (event?.programStatus === 'paused') await waitForProgram(tx, ref);
    else if (event?.referral.stage === 'in_review') await waitForReview(tx, ref);
    else if (event !== null) return await decide(tx, event);
    return await readSnapshot(tx, ref);
  });
}

async function decide(tx: Tx, event: LockedEvent): Promise<ReferralSnapshot> {
  const refunded = await readRefunded(tx, event);
  const possible = check(event, refunded);
  const acted = () => (event.engages ? tellActed(tx, event.ref.programId, event.ref.eventId) : undefined);
  if (!possible.ok) {
    // What the referral never accepted may have counted for points.
    if (possible.code === 'refund_of_unknown') await acted();
    return await refuseEvent(tx, event, possible);
  }
  const facts = await refundFacts(tx, event, possible.value);
  const decision = decideRefund(event.policy, facts);
  if (!decision.ok) return await refuseEvent(tx, event, decision);
  const withdrawn = await takeBack(tx, event, facts, decision.value);
  const after = await write(tx, event, facts, decision.value, withdrawn);
  await scoreRefund(tx, event, facts, decision.value);
  await acted();
  return after;
}

function check(
  { referral, policy, occurred_at_ms }: LockedEvent,
  refunded: RefundedEvent | null,
): Result<RefundedEvent> {
  if (refunded === null)
    return refuse('refund_of_unknown', 'There is no accepted event with the key that is to be refunded.');
  // A reversed referral may have earned by other actions, which can be refunded too.
  if (isEnd(referral.stage) && referral.stage !== 'reversed')
    return refuse('refund_too_late', `The referral has ended: it is ${referral.stage}.`);
  const late =
    referral.qualified_at_ms !== null &&
    occurred_at_ms > referral.qualified_at_ms + policy.refund_days * DAY_MS;
  return late
    ? refuse('refund_too_late', `Refunds count for ${policy.refund_days} days after qualifying.`)
    : ok(refunded);
}

/** Posts the reversals and moves the rewards; gives the rows for places in the count that had brought nothing themselves. */
async function takeBack(
  tx: Tx,
  event: LockedEvent,
  facts: RefundFacts,
  { reversals }: RefundDecision,
): Promise<NewReward[]> {
  const rewardIdOf = (reversal: Reversal) =>
    reversal.rewardId ?? nameId(event.ref.programId, placeKey(event, reversal));
  const postings = reversals
    .filter(({ amount_minor }) => amount_minor > 0n)
    .map((reversal) => reversalPosting(event, facts, reversal, rewardIdOf(reversal)));
  const posted = await post(tx, event.ref.programId, postings);
  if (!posted.ok) throw new Error(`reversal for event ${event.ref.eventId} was refused: ${posted.code}`);
  for (const { rewardId, amount_minor } of reversals) {
    if (rewardId !== null) await moveReward(tx, event.ref.programId, rewardId, amount_minor);
  }
  return reversals.filter(({ rewardId }) => rewardId === null).map((reversal) => placeOf(event, reversal));
}

function reversalPosting(
  { ref, policy, occurred_at_ms }: LockedEvent,
  facts: RefundFacts,
  reversal: Reversal,
  rewardId: string,
): Posting {
  const reward = [...facts.rewards, ...facts.milestoneRewards].find(
    ({ rewardId }) => rewardId === reversal.rewardId,
  );
  const left_minor = reward === undefined ? null : reward.amount_minor - reward.reversed_minor;
  const whole =
    reward !== undefined && reward.reversed_minor === 0n && reversal.amount_minor === reward.amount_minor;
  const holdEnds = reward?.status === 'held' && reversal.held_minor === left_minor;
  return reversePosting({
    key: `reverse:${rewardId}:${ref.eventId}`,
    unit: policy.unit,
    amount_minor: reversal.amount_minor,
    held_minor: reversal.held_minor,
    memberId: reversal.recipientId,
    occurred_at_ms,
    hold: holdEnds ? `grant:${rewardId}` : null,
    reverses: whole ? `grant:${rewardId}` : null,
  });
}

/** What was taken of a reward; all of it makes it reversed. */
async function moveReward(tx: Tx, programId: string, rewardId: string, amount_minor: bigint): Promise<void> {
  await tx.$executeRaw`
    UPDATE rewards SET reversed_minor = reversed_minor + ${amount_minor},
      status = CASE WHEN reversed_minor + ${amount_minor} >= amount_minor THEN 'reversed'::reward_status ELSE status END
    WHERE program_id = ${programId}::uuid AND id = ${rewardId}::uuid`;
}

const placeKey = ({ ref }: LockedEvent, { ruleId }: Reversal) =>
  `reward:${ref.referralId}:${ruleId}:referrer`;

/** A referral that earned nothing itself may still cost its referrer a step; the row keeps the table's sums equal to the ledger's. */
function placeOf(event: LockedEvent, reversal: Reversal): NewReward {
  const { ref, referral, policy, occurred_at_ms } = event;
  const key = placeKey(event, reversal);
  const at = new Date(occurred_at_ms).toISOString();
  return {
    id: nameId(ref.programId, key),
    key,
    memberId: reversal.recipientId,
    eventId: ref.eventId,
    ruleId: reversal.ruleId,
    policyVersion: referral.policyVersion,
    kind: 'credit',
    label: null,
    unit: policy.unit,
    amountMinor: 0n,
    reversedMinor: reversal.amount_minor,
    status: 'reversed',
    grantedAt: at,
    maturesAt: at,
    expiresAt: null,
    trace: {
      rule: reversal.ruleId,
      taken_back_minor: reversal.amount_minor,
      because: 'the referrer’s count fell by one',
    },
  };
}

async function write(
  tx: Tx,
  event: LockedEvent,
  facts: RefundFacts,
  decision: RefundDecision,
  rewards: readonly NewReward[],
): Promise<ReferralSnapshot> {
  const { ref, referral, policy, subject } = event;
  const stage = decision.unqualifies ? must(next(referral.stage, 'refund')) : referral.stage;
  const reversed = decision.reversals.map(({ rewardId, ruleId, recipientId, amount_minor }) => ({
    rewardId,
    ruleId,
    memberId: recipientId,
    amount: { minor: amount_minor.toString(), unit: policy.unit },
  }));
  return await writeChange(tx, {
    programId: ref.programId,
    referralId: ref.referralId,
    stage,
    reason: decision.unqualifies ? 'refunded' : null,
    ...(decision.unqualifies && {
      ended_at_ms: ref.now_ms,
      counted: { referrerId: referral.referrerId, by: -1 as const },
    }),
    rewards,
    outbox: [
      {
        key: `reward.reversed:${ref.eventId}`,
        subject: `referral:${ref.referralId}`,
        members: [...new Set([referral.referrerId, ...reversed.map(({ memberId }) => memberId)])],
        type: 'reward.reversed',
        payload: {
          referralId: ref.referralId,
          eventId: ref.eventId,
          unqualified: decision.unqualifies,
          reversed,
        },
      },
    ],
    decided: {
      eventId: ref.eventId,
      subject,
      outcome: {
        decision: 'accepted',
        referralId: ref.referralId,
        stage,
        trace: { refunded: describeValue(facts.refundValue), full: decision.full, reversed },
      },
    },
  });
}

const describeValue = (value: Money | null) => (value === null ? 'all that is left' : value.minor.toString());
