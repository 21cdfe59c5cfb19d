import type { Money } from '../../domain/money.ts';
import { movesOf } from '../../domain/rates/convert.ts';
import type { RefundDecision, RefundFacts } from '../../domain/referrals/refund.ts';
import { keepScores } from '../../engine/leaderboards/score.ts';
import type { Tx } from '../../prisma/client.ts';
import { type Action, leftOf } from './actions.ts';
import { boardsAt } from './boards.ts';
import type { LockedEvent } from './event.ts';

/** Counts a referral on the leaderboards by an action of before. */
export async function scoreInPlace(tx: Tx, event: LockedEvent, action: Action): Promise<void> {
  if (event.boards.length === 0) return;
  const boards = await boardsAt(tx, event.ref.programId, action.occurred_at_ms);
  await scoreBy(tx, { ...event, boards }, action, 1);
}

/** Takes a referral off the leaderboards, where it had counted by this action. */
export const unscore = (tx: Tx, event: LockedEvent, action: Action): Promise<void> =>
  scoreBy(tx, event, action, -1);

/** Counts on the leaderboards what comes back to the action that qualifies the referral. */
export async function scoreRestored(
  tx: Tx,
  event: LockedEvent,
  { before, after }: { readonly before: Action; readonly after: Action },
): Promise<void> {
  if (event.boards.length === 0) return;
  const boards = await boardsAt(tx, event.ref.programId, after.occurred_at_ms);
  await moveScores(tx, { ...event, boards }, after, {
    referrals: 0,
    from_minor: leftOf(before.value, before.refunded_minor),
    to_minor: leftOf(after.value, after.refunded_minor),
  });
}

/** Moves the scores by one referral and by what refunds have left of the action's value. */
function scoreBy(tx: Tx, event: LockedEvent, action: Action, referrals: 1 | -1): Promise<void> {
  const left_minor = leftOf(action.value, action.refunded_minor);
  const [from_minor, to_minor] = referrals === 1 ? [0n, left_minor] : [left_minor, 0n];
  return moveScores(tx, event, action, { referrals, from_minor, to_minor });
}

/** How many referrals and how much of their action's value count, from so much to so much. */
interface ScoreMove {
  readonly referrals: 1 | 0 | -1;
  readonly from_minor: bigint;
  readonly to_minor: bigint;
}

async function moveScores(
  tx: Tx,
  event: LockedEvent,
  { value, rates, occurred_at_ms, decided_at_ms }: Action,
  { referrals, ...move }: ScoreMove,
): Promise<void> {
  await keepScores(tx, {
    programId: event.ref.programId,
    memberId: event.referral.referrerId,
    boards: event.boards,
    referrals,
    revenue: value === null ? [] : movesOf(value.unit, rates, move),
    earned_at_ms: occurred_at_ms,
    at_ms: event.occurred_at_ms,
    decided_at_ms,
  });
}

/**
 * Takes back on the leaderboards what a refund of the qualifying action takes back, in the windows where it
 * had counted.
 */
export async function scoreRefund(
  tx: Tx,
  { ref, referral, boards, occurred_at_ms }: LockedEvent,
  refunded: Action,
  facts: RefundFacts,
  { unqualifies, requalifies }: RefundDecision,
): Promise<void> {
  if (!facts.qualifying) return;
  const falls = unqualifies || requalifies;
  await keepScores(tx, {
    programId: ref.programId,
    memberId: referral.referrerId,
    boards,
    referrals: falls ? -1 : 0,
    revenue: revenueLost(facts, falls),
    earned_at_ms: refunded.occurred_at_ms,
    at_ms: occurred_at_ms,
    decided_at_ms: refunded.decided_at_ms,
  });
}

/** A referral that its action no longer qualifies loses all that is left of the action's value. */
function revenueLost(
  { eventValue, rates = [], refundValue, refunded_before_minor }: RefundFacts,
  falls: boolean,
): Money[] {
  if (eventValue === null) return [];
  const from_minor = eventValue.minor - refunded_before_minor;
  const to_minor = falls || refundValue === null ? 0n : from_minor - refundValue.minor;
  return movesOf(eventValue.unit, rates, { from_minor, to_minor });
}
