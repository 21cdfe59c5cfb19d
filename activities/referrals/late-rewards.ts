import type { Posting } from '../../domain/ledger/posting.ts';
import { reversePosting } from '../../domain/ledger/postings.ts';
import { refundedShare } from '../../domain/referrals/refund.ts';
import { decideRewards, type RewardMoment } from '../../domain/rewards/rewards.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { grantKey } from '../../engine/rewards/budget.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, leftOf } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { rewardFacts } from './facts.ts';
import type { NewReward } from './reward-row.ts';
import { type GrantedRewards, grantRewards } from './rewards.ts';

/** The event as if it were this action of before. */
const asOf = (
  event: LockedEvent,
  { id, type, occurred_at_ms, value, rates, payload }: Action,
): LockedEvent => ({
  ...event,
  ref: { ...event.ref, eventId: id },
  type,
  occurred_at_ms,
  value,
  rates,
  payload,
});

/** What reward rules ask about an action of before. */
export const lateFacts = async (tx: Tx, event: LockedEvent, action: Action) => ({
  ...(await rewardFacts(tx, asOf(event, action))),
  eventOrdinal: action.ordinal,
});

/** By which rules an action of before earns now, and why anew. */
interface LateGrant {
  readonly rules: readonly Rule[];
  readonly moment: RewardMoment;
  readonly anewBy?: string;
  readonly movedBy?: string;
}

/**
 * Grants what an action of before earns now, less the share that refunds have taken of its value. Returns
 * rows and messages, which the caller writes.
 */
export async function grantLate(
  tx: Tx,
  event: LockedEvent,
  action: Action,
  { rules, moment, anewBy, movedBy }: LateGrant,
): Promise<GrantedRewards> {
  const { policy, referral } = event;
  const { ref, occurred_at_ms } = asOf(event, action);
  const decisions = decideRewards({ ...policy, rules }, moment, await lateFacts(tx, event, action));
  const grantor = { ref, policy, policyVersion: referral.policyVersion, occurred_at_ms, anewBy, movedBy };
  const granted = await grantRewards(tx, grantor, decisions);
  return { ...granted, rows: await takeRefunded(tx, event, action, granted.rows) };
}

/** Takes back the share of new rewards that earlier refunds of their action took of its value. */
async function takeRefunded(
  tx: Tx,
  event: LockedEvent,
  { value, refunded_minor }: Action,
  rows: readonly NewReward[],
): Promise<readonly NewReward[]> {
  if (refunded_minor === 0n) return rows;
  const left_minor = leftOf(value, refunded_minor);
  return await takeShares(tx, event, rows, ({ ruleId, amountMinor }) => {
    const rule = event.policy.rules.find(({ id }) => id === ruleId);
    return rule === undefined ? 0n : refundedShare(rule, amountMinor, value, left_minor);
  });
}

/**
 * Takes back of new rewards, in the transaction that grants them, the share that refunds have taken. Returns
 * the rows as they are then.
 */
export async function takeShares(
  tx: Tx,
  event: LockedEvent,
  rows: readonly NewReward[],
  shareOf: (row: NewReward) => bigint,
): Promise<NewReward[]> {
  const postings: Posting[] = [];
  const after = rows.map((row) => {
    const share_minor = shareOf(row);
    if (share_minor === 0n) return row;
    const isWhole = share_minor === row.amountMinor;
    postings.push(
      reversePosting({
        key: `reverse:${row.id}:${event.ref.eventId}`,
        unit: event.policy.unit,
        amount_minor: share_minor,
        held_minor: row.status === 'held' ? share_minor : 0n,
        memberId: row.memberId,
        occurred_at_ms: event.occurred_at_ms,
        hold: isWhole && row.status === 'held' ? grantKey(row.id) : null,
        reverses: isWhole ? grantKey(row.id) : null,
      }),
    );
    return { ...row, reversedMinor: share_minor, ...(isWhole ? { status: 'reversed' as const } : {}) };
  });
  const result = await post(tx, event.ref.programId, postings);
  if (!result.ok) throw new Error(`refunded shares of ${event.ref.eventId} were refused: ${result.code}`);
  return after;
}
