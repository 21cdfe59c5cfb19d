import type { Posting } from '../../domain/ledger/posting.ts';
import { reversePosting } from '../../domain/ledger/postings.ts';
import { toJson } from '../../domain/money.ts';
import type { RefundDecision, RefundFacts, Reversal } from '../../domain/referrals/refund.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import { grantKey } from '../../engine/rewards/budget.ts';
import { post } from '../../ledger/post.ts';
import { toJsonText } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedEvent } from './event.ts';
import type { NewReward } from './reward-row.ts';

/** The rewards that may be taken back. */
type ReversedRewards = Pick<RefundFacts, 'rewards' | 'milestoneRewards'>;

/**
 * Posts what a refund takes back and marks it on the rewards. Returns reward rows for referrals that earned
 * nothing themselves, which the caller writes in the same transaction.
 */
export async function reverseRewards(
  tx: Tx,
  event: LockedEvent,
  facts: ReversedRewards,
  { reversals }: Pick<RefundDecision, 'reversals'>,
): Promise<NewReward[]> {
  const rewardIdOf = (reversal: Reversal) =>
    reversal.rewardId ?? nameId(event.ref.programId, placeKey(event, reversal));
  const postings = reversals
    .filter(({ amount_minor }) => amount_minor > 0n)
    .map((reversal) => reversalPosting(event, facts, reversal, rewardIdOf(reversal)));
  const result = await post(tx, event.ref.programId, postings);
  if (!result.ok) throw new Error(`reversal for event ${event.ref.eventId} was refused: ${result.code}`);
  await moveReversed(
    tx,
    event.ref.programId,
    reversals.flatMap(({ rewardId, amount_minor }) =>
      rewardId === null ? [] : [{ rewardId, by_minor: amount_minor }],
    ),
  );
  return reversals.filter(({ rewardId }) => rewardId === null).map((reversal) => placeOf(event, reversal));
}

function reversalPosting(
  { cause, policy, occurred_at_ms }: LockedEvent,
  facts: ReversedRewards,
  reversal: Reversal,
  rewardId: string,
): Posting {
  const reward = [...facts.rewards, ...facts.milestoneRewards].find(
    ({ rewardId }) => rewardId === reversal.rewardId,
  );
  const left_minor = reward === undefined ? null : reward.amount_minor - reward.reversed_minor;
  const isWhole =
    reward !== undefined && reward.reversed_minor === 0n && reversal.amount_minor === reward.amount_minor;
  const endsHold = reward?.status === 'held' && reversal.held_minor === left_minor;
  return reversePosting({
    key: `reverse:${rewardId}:${cause}`,
    unit: reversal.unit ?? policy.unit,
    amount_minor: reversal.amount_minor,
    held_minor: reversal.held_minor,
    memberId: reversal.recipientId,
    occurred_at_ms,
    origin: reward === undefined ? null : grantKey(rewardId),
    endsHold,
    isWhole,
  });
}

/** Moves the reversed amount of rewards, down where some of it comes back. The whole makes one reversed. */
export async function moveReversed(
  tx: Tx,
  programId: string,
  parts: readonly { readonly rewardId: string; readonly by_minor: bigint }[],
): Promise<void> {
  if (parts.length === 0) return;
  await tx.$executeRaw`
    UPDATE rewards SET reversed_minor = reversed_minor + part.by_minor,
      status = CASE WHEN reversed_minor + part.by_minor >= amount_minor
                    THEN 'reversed'::reward_status ELSE status END
    FROM jsonb_to_recordset(${toJsonText(parts)}::jsonb) AS part("rewardId" uuid, by_minor bigint)
    WHERE program_id = ${programId}::uuid AND id = part."rewardId"`;
}

const placeKey = ({ ref, cause }: LockedEvent, { ruleId }: Reversal) =>
  `reward:${ref.referralId}:${ruleId}:referrer:${cause}`;

/**
 * A referral that earned nothing itself may still cost its referrer a step. This row keeps the table's sums
 * equal to the ledger's.
 */
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
    nth: null,
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

/** Returns parts of rewards in the form of messages and traces. */
export const amountsOf = ({ policy }: LockedEvent, parts: readonly Omit<Reversal, 'held_minor'>[]) =>
  parts.map(({ rewardId, ruleId, recipientId, unit, amount_minor }) => ({
    rewardId,
    ruleId,
    memberId: recipientId,
    amount: toJson({ minor: amount_minor, unit: unit ?? policy.unit }),
  }));

/** What was taken back, in that form. */
export const reversedOf = (event: LockedEvent, { reversals }: Pick<RefundDecision, 'reversals'>) =>
  amountsOf(event, reversals);

/** What a message about such parts is about: its referral, and all whose rewards they are of. */
export const aboutAmounts = ({ ref, referral }: LockedEvent, amounts: ReturnType<typeof amountsOf>) => ({
  subject: `referral:${ref.referralId}` as const,
  members: [...new Set([referral.referrerId, ...amounts.map(({ memberId }) => memberId)])],
});

/** Says what an event takes back, and whether its referral stops counting. */
export function reversedMessage(
  event: LockedEvent,
  decision: Pick<RefundDecision, 'reversals' | 'unqualifies'>,
): OutboxMessage {
  const { eventId, referralId } = event.ref;
  const reversed = reversedOf(event, decision);
  return {
    key: `reward.reversed:${event.cause}`,
    ...aboutAmounts(event, reversed),
    type: 'reward.reversed',
    payload: { referralId, eventId, unqualified: decision.unqualifies, reversed },
  };
}
