import { refuse } from '../../domain/refusal.ts';
import type { RewardDecision } from '../../domain/rewards/rewards.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Grantor } from './reward-row.ts';

const takenBack = refuse('operator_refused', 'An operator took back what the rule granted for the referral.');

/**
 * Decisions of a referral that qualifies anew, without what an operator took back of the same rule and
 * recipient: a refund and another purchase do not undo the operator's word. Rules that pay for each event are
 * left alone.
 */
export async function withholdTakenBack(
  tx: Tx,
  { ref: { programId, referralId }, policy }: Grantor,
  decisions: readonly RewardDecision[],
): Promise<readonly RewardDecision[]> {
  const rewards = await tx.reward.findMany({
    where: { programId, referralId, takenBackBy: { not: null } },
    select: { ruleId: true, memberId: true },
  });
  const perEvent = new Set(
    policy.rules.filter(({ trigger }) => trigger.on === 'nth_event').map(({ id }) => id),
  );
  return decisions.map((decision) => {
    if (!decision.granted || perEvent.has(decision.ruleId)) return decision;
    const { ruleId, recipient, recipientId, trace } = decision;
    const isTaken = rewards.some((reward) => reward.ruleId === ruleId && reward.memberId === recipientId);
    const { code, message } = takenBack;
    return isTaken ? { ruleId, recipient, recipientId, granted: false, code, message, trace } : decision;
  });
}
