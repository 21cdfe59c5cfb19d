import { refuse } from '../../domain/refusal.ts';
import type { RewardDecision } from '../../domain/rewards/rewards.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Grantor } from './reward-row.ts';

const takenBack = refuse('operator_refused', 'An operator took back what the rule granted for the referral.');

/**
 * Decisions of a referral that is granted anew, without what an operator took back of the same rule and
 * recipient, and of the same event where the rule pays for each: neither a refund and another purchase nor a
 * move there and back undoes the operator's word.
 */
export async function withholdTakenBack(
  tx: Tx,
  { ref: { programId, referralId, eventId }, policy }: Grantor,
  decisions: readonly RewardDecision[],
): Promise<readonly RewardDecision[]> {
  if (!decisions.some(({ granted }) => granted)) return decisions;
  const rewards = await tx.$queryRaw<{ ruleId: string; memberId: string; eventId: string | null }[]>`
    SELECT rule_id AS "ruleId", member_id::text AS "memberId", event_id::text AS "eventId" FROM rewards
    WHERE program_id = ${programId}::uuid AND referral_id = ${referralId}::uuid
      AND taken_back_by IS NOT NULL`;
  const perEvent = new Set(
    policy.rules.filter(({ trigger }) => trigger.on === 'nth_event').map(({ id }) => id),
  );
  return decisions.map((decision) => {
    if (!decision.granted) return decision;
    const { ruleId, recipient, recipientId, trace } = decision;
    const isTaken = rewards.some(
      (reward) =>
        reward.ruleId === ruleId &&
        reward.memberId === recipientId &&
        (!perEvent.has(ruleId) || reward.eventId === eventId),
    );
    const { code, message } = takenBack;
    return isTaken ? { ruleId, recipient, recipientId, granted: false, code, message, trace } : decision;
  });
}
