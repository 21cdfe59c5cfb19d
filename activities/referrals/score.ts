import type { Money } from '../../domain/money.ts';
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
    minor: before.refunded_minor - after.refunded_minor,
  });
}

/** Moves the scores by one referral and by what refunds have left of the action's value. */
const scoreBy = (tx: Tx, event: LockedEvent, action: Action, referrals: 1 | -1): Promise<void> =>
  moveScores(tx, event, action, {
    referrals,
    minor: BigInt(referrals) * leftOf(action.value, action.refunded_minor),
  });

async function moveScores(
  tx: Tx,
  event: LockedEvent,
  { value, occurred_at_ms, decided_at_ms }: Action,
  { referrals, minor }: { readonly referrals: 1 | 0 | -1; readonly minor: bigint },
): Promise<void> {
  await keepScores(tx, {
    programId: event.ref.programId,
    memberId: event.referral.referrerId,
    boards: event.boards,
    referrals,
    revenue: value === null ? null : { ...value, minor },
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
  { eventValue, refundValue, refunded_before_minor }: RefundFacts,
  falls: boolean,
): Money | null {
  if (eventValue === null) return null;
  const left_minor = eventValue.minor - refunded_before_minor;
  const lost_minor = falls || refundValue === null ? left_minor : refundValue.minor;
  return { minor: -lost_minor, unit: eventValue.unit };
}
