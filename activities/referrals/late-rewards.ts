import type { Posting } from '../../domain/ledger/posting.ts';
import { reversePosting } from '../../domain/ledger/postings.ts';
import { refundedShare } from '../../domain/referrals/refund.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import { decideRewards, type RewardMoment } from '../../domain/rewards/rewards.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { addGranted, capStart, type GrantedRow } from '../../domain/rules/caps.ts';
import { grantKey } from '../../engine/rewards/budget.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, leftOf } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { askedOf, grantedBefore } from './facts.ts';
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

/** What conditions and triggers ask about an action of before, at that moment. */
export const actionFacts = (event: LockedEvent, action: Action, moment: RewardMoment): RewardFacts =>
  askedOf(asOf(event, action), action.ordinal, moment === 'qualified');

/** By which rules an action of before earns now, and why anew. */
interface LateGrant {
  readonly rules: readonly Rule[];
  readonly moment: RewardMoment;
  readonly anewBy?: string;
  readonly movedBy?: string;
  /** What the same transaction has granted and not written yet; caps count it. */
  readonly before?: readonly NewReward[];
}

/**
 * Grants what an action of before earns now, less the share that refunds have taken of its value. Returns
 * rows and messages, which the caller writes.
 */
export async function grantLate(
  tx: Tx,
  event: LockedEvent,
  action: Action,
  { rules, moment, anewBy, movedBy, before = [] }: LateGrant,
): Promise<GrantedRewards> {
  const { policy, referral } = event;
  const late = asOf(event, action);
  const { ref, occurred_at_ms } = late;
  const granted = withUnwritten(await grantedBefore(tx, late), { rules, before, occurred_at_ms });
  const decisions = decideRewards({ ...policy, rules }, moment, {
    ...actionFacts(event, action, moment),
    granted,
  });
  const grantor = { ref, policy, policyVersion: referral.policyVersion, occurred_at_ms, anewBy, movedBy };
  const own = await grantRewards(tx, grantor, decisions);
  return { ...own, rows: await takeRefunded(tx, event, action, own.rows) };
}

/** What was granted within the windows of the rules' caps, with what is not written yet. */
function withUnwritten(
  granted: readonly GrantedRow[],
  {
    rules,
    before,
    occurred_at_ms,
  }: Pick<LateGrant, 'rules'> & {
    readonly before: readonly NewReward[];
    readonly occurred_at_ms: number;
  },
): readonly GrantedRow[] {
  const added = before.flatMap((row) => {
    const { ruleId, memberId: recipientId, amountMinor, reversedMinor, status } = row;
    const rule = rules.find(({ id }) => id === ruleId);
    if (rule === undefined || status === 'reversed') return [];
    const start_ms = capStart(rule.cap, occurred_at_ms);
    if (start_ms !== null && Date.parse(row.grantedAt) <= start_ms) return [];
    return [{ ruleId, recipientId, count: 1, amount_minor: amountMinor - reversedMinor }];
  });
  return added.reduce<readonly GrantedRow[]>(addGranted, granted);
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
        key: `reverse:${row.id}:${event.cause}`,
        unit: event.policy.unit,
        amount_minor: share_minor,
        held_minor: row.status === 'held' ? share_minor : 0n,
        memberId: row.memberId,
        occurred_at_ms: event.occurred_at_ms,
        origin: grantKey(row.id),
        endsHold: isWhole && row.status === 'held',
        isWhole,
      }),
    );
    return { ...row, reversedMinor: share_minor, ...(isWhole ? { status: 'reversed' as const } : {}) };
  });
  const result = await post(tx, event.ref.programId, postings);
  if (!result.ok) throw new Error(`refunded shares of ${event.ref.eventId} were refused: ${result.code}`);
  return after;
}
