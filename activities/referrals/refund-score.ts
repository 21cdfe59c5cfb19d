import type { Money } from '../../domain/money.ts';
import type { RefundDecision, RefundFacts } from '../../domain/referrals/refund.ts';
import { keepScores } from '../../engine/leaderboards/score.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Action } from './actions.ts';
import type { LockedEvent } from './event.ts';

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
