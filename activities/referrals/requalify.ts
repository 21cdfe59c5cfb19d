import type { Posting } from '../../domain/ledger/posting.ts';
import { reversePosting } from '../../domain/ledger/postings.ts';
import { checkQualification } from '../../domain/referrals/qualification.ts';
import { deadline, next, type ReferralStage } from '../../domain/referrals/referral.ts';
import { isTiedToQualifying, refundedShare } from '../../domain/referrals/refund.ts';
import { must } from '../../domain/refusal.ts';
import { decideRewards } from '../../domain/rewards/rewards.ts';
import { keepScores } from '../../engine/leaderboards/score.ts';
import { grantKey } from '../../engine/rewards/budget.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, leftOf, readOthers } from './actions.ts';
import { boardsAt } from './boards.ts';
import type { LockedEvent } from './event.ts';
import { rewardFacts } from './facts.ts';
import type { NewReward } from './reward-row.ts';
import { type GrantedRewards, grantRewards } from './rewards.ts';
import type { ReferralEventRef } from './snapshot.ts';

/** The event as if it were this action of before. */
const asOf = (event: LockedEvent, { id, type, occurred_at_ms, value, payload }: Action): LockedEvent => ({
  ...event,
  ref: { ...event.ref, eventId: id },
  type,
  occurred_at_ms,
  value,
  payload,
});

const factsOf = async (tx: Tx, event: LockedEvent, action: Action) => ({
  ...(await rewardFacts(tx, asOf(event, action))),
  eventOrdinal: action.ordinal,
});

/**
 * The earliest action, by its own time, that qualifies the referral in place of the one that is refunded;
 * null: none does. An action counts with what refunds have left of its value.
 */
export async function findSuccessor(tx: Tx, event: LockedEvent, refunded: Action): Promise<Action | null> {
  const { policy, referral } = event;
  for (const action of await readOthers(tx, event, refunded)) {
    const { value, refunded_minor } = action;
    const eventValue = value === null ? null : { ...value, minor: leftOf(value, refunded_minor) };
    const facts = { ...(await factsOf(tx, event, action)), eventValue };
    const signed_up_at_ms = referral.signed_up_at_ms ?? action.occurred_at_ms;
    if (checkQualification(policy, facts, signed_up_at_ms).ok) return action;
  }
  return null;
}

/**
 * Grants what an action earns by qualifying the referral in place of another. The referrer's count does not
 * move, so nothing that hangs on it is asked. Returns rows and messages, which the caller writes.
 */
export async function grantInPlace(tx: Tx, event: LockedEvent, action: Action): Promise<GrantedRewards> {
  const { policy, referral } = event;
  const { ref, occurred_at_ms } = asOf(event, action);
  const rules = policy.rules.filter(isTiedToQualifying);
  const decisions = decideRewards({ ...policy, rules }, 'qualified', await factsOf(tx, event, action));
  const grantor = {
    ref,
    policy,
    policyVersion: referral.policyVersion,
    occurred_at_ms,
    anewBy: event.ref.eventId,
  };
  const granted = await grantRewards(tx, grantor, decisions);
  return { ...granted, rows: await takeRefunded(tx, event, action, granted.rows) };
}

/** Takes back the share of new rewards that earlier refunds of their action took of its value. */
async function takeRefunded(
  tx: Tx,
  event: LockedEvent,
  { value, refunded_minor }: Action,
  rows: readonly NewReward[],
): Promise<NewReward[]> {
  const postings: Posting[] = [];
  const after = rows.map((row) => {
    const rule = event.policy.rules.find(({ id }) => id === row.ruleId);
    const left_minor = leftOf(value, refunded_minor);
    const share_minor = rule === undefined ? 0n : refundedShare(rule, row.amountMinor, value, left_minor);
    if (refunded_minor === 0n || share_minor === 0n) return row;
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

/** Counts a referral on the leaderboards by an action of before, with what refunds have left of its value. */
export async function scoreInPlace(tx: Tx, event: LockedEvent, action: Action): Promise<void> {
  const { ref, referral, boards, occurred_at_ms } = event;
  if (boards.length === 0) return;
  const { value, refunded_minor, decided_at_ms } = action;
  await keepScores(tx, {
    programId: ref.programId,
    memberId: referral.referrerId,
    boards: await boardsAt(tx, ref.programId, action.occurred_at_ms),
    referrals: 1,
    revenue: value === null ? null : { ...value, minor: leftOf(value, refunded_minor) },
    earned_at_ms: action.occurred_at_ms,
    at_ms: occurred_at_ms,
    decided_at_ms,
  });
}

/** Takes a referral off the leaderboards, with what refunds have left of the action that qualified it. */
export async function unscore(tx: Tx, event: LockedEvent, action: Action): Promise<void> {
  const { ref, referral, boards, occurred_at_ms } = event;
  const { value, refunded_minor } = action;
  await keepScores(tx, {
    programId: ref.programId,
    memberId: referral.referrerId,
    boards,
    referrals: -1,
    revenue: value === null ? null : { ...value, minor: -leftOf(value, refunded_minor) },
    earned_at_ms: action.occurred_at_ms,
    at_ms: occurred_at_ms,
    decided_at_ms: action.decided_at_ms,
  });
}

/** By what a referral qualifies, and until when refunds count, as `writeChange` takes it. */
export const qualifiedBy = (
  { policy, ref, referral }: LockedEvent,
  { id, occurred_at_ms }: Pick<Action, 'id' | 'occurred_at_ms'>,
) => ({
  qualified: { at_ms: occurred_at_ms, eventId: id },
  due_at_ms: deadline(policy, 'qualified', {
    signed_up_at_ms: referral.signed_up_at_ms,
    qualified_at_ms: occurred_at_ms,
    started_at_ms: ref.now_ms,
  }),
  isReopened: true,
});

/** The stage of a referral that another action qualifies now: rewarded, unless something is still held. */
export async function stageInPlace(
  tx: Tx,
  { programId, referralId }: ReferralEventRef,
  stage: ReferralStage,
  rows: readonly NewReward[],
): Promise<ReferralStage> {
  const qualified = must(next(stage, 'requalify'));
  if (rows.some(({ status }) => status === 'held')) return qualified;
  const where = { programId, referralId, status: 'held' as const };
  const held = await tx.reward.findFirst({ where, select: { id: true } });
  return held === null ? must(next(qualified, 'mature')) : qualified;
}
