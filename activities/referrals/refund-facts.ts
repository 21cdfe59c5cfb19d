import { isCounted } from '../../domain/referrals/referral.ts';
import type { RefundFacts, RefundReward } from '../../domain/referrals/refund.ts';
import { isOfNth, type Rule } from '../../domain/rewards/rule.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Action } from './actions.ts';
import type { LockedEvent } from './event.ts';

interface RewardRow {
  rewardId: string;
  ruleId: string;
  recipientId: string;
  unit: string | null;
  isOwn: boolean;
  amount_minor: bigint;
  reversed_minor: bigint;
  nth: number | null;
  status: RefundReward['status'];
}

/**
 * Returns everything that `decideRefund` needs, read under the referrer's lock. Locks the rewards too,
 * because maturing another referral's rewards does not take the referrer's lock.
 */
export async function refundFacts(
  tx: Tx,
  event: LockedEvent,
  refunded: Action,
  hasSuccessor: boolean,
): Promise<RefundFacts> {
  const { referral, value } = event;
  return {
    qualifying: isQualifying(event, refunded),
    hasSuccessor,
    eventValue: refunded.value,
    rates: refunded.rates,
    refunded_before_minor: refunded.refunded_minor,
    refundValue: value,
    referrerId: referral.referrerId,
    qualifiedCount: referral.qualifiedCount,
    ...(await lockGranted(tx, event, refunded.id)),
  };
}

/**
 * Locks the rewards that an action brought, or all of the referral where `eventId` is null, with those that
 * hang on the referrer's count; and says what milestone rates have granted the referrer. What an earlier
 * referrer kept when the referral moved hangs on their count alone, so it is left out.
 */
export async function lockGranted(
  tx: Tx,
  { ref, referral, policy }: LockedEvent,
  eventId: string | null,
): Promise<Pick<RefundFacts, 'rewards' | 'milestoneRewards' | 'entitled_minor' | 'mixedRules'>> {
  const rules = new Map(policy.rules.map((rule) => [rule.id, rule]));
  const onMilestone = policy.rules.filter(({ trigger }) => trigger.on === 'milestone').map(({ id }) => id);
  const ofNth = policy.rules.filter(isOfNth).map(({ id }) => id);
  const progressive = policy.rules
    .filter(({ benefit }) => benefit.kind === 'milestone_rate')
    .map(({ id }) => id);
  const rows = await tx.$queryRaw<RewardRow[]>`
    SELECT id::text AS "rewardId", rule_id AS "ruleId", member_id::text AS "recipientId", unit,
           coalesce(referral_id = ${ref.referralId}::uuid
             AND event_id = coalesce(${eventId}::uuid, event_id), false) AS "isOwn",
           amount_minor, reversed_minor, nth, status::text
    FROM rewards
    WHERE program_id = ${ref.programId}::uuid AND (
      (referral_id = ${ref.referralId}::uuid AND event_id = coalesce(${eventId}::uuid, event_id))
      OR (member_id = ${referral.referrerId}::uuid AND rule_id = ANY(${onMilestone})
          AND status <> 'reversed'
          -- What goes by the time of its action is the own referral's to take back, once it is asked again.
          AND (rule_id <> ALL(${ofNth}) OR NOT EXISTS (
            SELECT FROM asked_counts a WHERE a.program_id = rewards.program_id
              AND a.referral_id = rewards.referral_id AND a.event_id = rewards.event_id)))
      -- The last step of a milestone rate, whichever referral brought it.
      OR (member_id = ${referral.referrerId}::uuid AND rule_id = ANY(${progressive})
          AND nth >= ${referral.qualifiedCount} AND status <> 'reversed'))
    ORDER BY id FOR UPDATE`;
  const entitled = await tx.$queryRaw<{ ruleId: string; net_minor: bigint; isMixed: boolean }[]>`
    SELECT rule_id AS "ruleId", bool_or(unit <> ${policy.unit}) AS "isMixed",
      coalesce(sum(amount_minor - reversed_minor) FILTER (WHERE unit = ${policy.unit}), 0)
        ::bigint AS net_minor
    FROM rewards
    WHERE program_id = ${ref.programId}::uuid AND member_id = ${referral.referrerId}::uuid
      AND rule_id = ANY(${progressive})
    GROUP BY rule_id`;
  const rewards = rows.filter(({ isOwn }) => isOwn).flatMap((row) => withRule(row, rules));
  return {
    rewards: rewards.filter((reward) => !isKeptByEarlier(reward, referral.referrerId)),
    milestoneRewards: rows.filter(({ isOwn }) => !isOwn).flatMap((row) => withRule(row, rules)),
    entitled_minor: Object.fromEntries(entitled.map(({ ruleId, net_minor }) => [ruleId, net_minor])),
    mixedRules: new Set(entitled.filter(({ isMixed }) => isMixed).map(({ ruleId }) => ruleId)),
  };
}

/** Whether the referral is qualified, and by this action. */
export const isQualifying = ({ referral }: LockedEvent, { id }: Action): boolean =>
  referral.qualifyingEventId === id && isCounted(referral.stage);

/** Whether a reward is left with a referrer from whom its referral has moved away. */
const isKeptByEarlier = ({ rule, recipientId, status }: RefundReward, referrerId: string): boolean =>
  rule.recipient === 'referrer' && recipientId !== referrerId && status !== 'reversed';

function withRule(row: RewardRow, rules: ReadonlyMap<string, Rule>): RefundReward[] {
  const rule = rules.get(row.ruleId);
  if (rule === undefined) return [];
  const { rewardId, recipientId, unit, amount_minor, reversed_minor, nth, status } = row;
  return [{ rewardId, rule, recipientId, unit, amount_minor, reversed_minor, nth, status }];
}
