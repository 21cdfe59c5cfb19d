import type { Money } from '../../domain/money.ts';
import type { RefundFacts, RefundReward } from '../../domain/referrals/refund.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedEvent } from './event.ts';

/** The action that a refund takes back, and what earlier refunds took of it. */
export interface RefundedEvent {
  readonly id: string;
  readonly value: Money | null;
  readonly refunded_before_minor: bigint;
}

/** The accepted action with the key that the refund names, if its referral is this one; else null. */
export async function readRefunded(
  tx: Tx,
  { ref, refundOf, subject }: LockedEvent,
): Promise<RefundedEvent | null> {
  const [row] = await tx.$queryRaw<
    {
      id: string;
      value_minor: bigint | null;
      unit: string | null;
      refunded_minor: bigint | null;
      isWhole: boolean;
    }[]
  >`
    SELECT e.id::text, e.value_minor, e.unit, f.refunded_minor, f."isWhole"
    FROM events e, LATERAL (
      SELECT coalesce(sum(value_minor), 0)::bigint AS refunded_minor,
             coalesce(bool_or(value_minor IS NULL), false) AS "isWhole"
      FROM events
      WHERE program_id = e.program_id AND refund_of = e.key
        AND state = 'decided' AND outcome->>'decision' = 'accepted') f
    WHERE e.program_id = ${ref.programId}::uuid AND e.key = ${refundOf} AND e.subject = ${subject}
      AND e.type NOT IN ('signup', 'refund') AND e.outcome->>'decision' = 'accepted'
      AND e.outcome->>'referralId' = ${ref.referralId}`;
  if (row === undefined) return null;
  const value =
    row.value_minor === null || row.unit === null ? null : { minor: row.value_minor, unit: row.unit };
  const before = row.isWhole ? (value?.minor ?? 1n) : (row.refunded_minor ?? 0n);
  return { id: row.id, value, refunded_before_minor: before };
}

interface RewardRow {
  rewardId: string;
  ruleId: string;
  recipientId: string;
  eventId: string;
  amount_minor: bigint;
  reversed_minor: bigint;
  status: RefundReward['status'];
}

/**
 * Returns everything that `decideRefund` needs, read under the referrer's lock. Locks the rewards too,
 * because maturing another referral's rewards does not take the referrer's lock.
 */
export async function refundFacts(tx: Tx, event: LockedEvent, refunded: RefundedEvent): Promise<RefundFacts> {
  const { ref, referral, policy, value } = event;
  const rules = new Map(policy.rules.map((rule) => [rule.id, rule]));
  const onMilestone = policy.rules.filter(({ trigger }) => trigger.on === 'milestone').map(({ id }) => id);
  const progressive = policy.rules
    .filter(({ benefit }) => benefit.kind === 'milestone_rate')
    .map(({ id }) => id);
  const rows = await tx.$queryRaw<RewardRow[]>`
    SELECT id::text AS "rewardId", rule_id AS "ruleId", member_id::text AS "recipientId",
           event_id::text AS "eventId", amount_minor, reversed_minor, status::text
    FROM rewards
    WHERE program_id = ${ref.programId}::uuid AND (
      (referral_id = ${ref.referralId}::uuid AND event_id = ${refunded.id}::uuid)
      OR (member_id = ${referral.referrerId}::uuid AND rule_id = ANY(${onMilestone})
          AND status <> 'reversed'))
    ORDER BY id FOR UPDATE`;
  const entitled = await tx.$queryRaw<{ ruleId: string; net_minor: bigint }[]>`
    SELECT rule_id AS "ruleId", sum(amount_minor - reversed_minor)::bigint AS net_minor FROM rewards
    WHERE program_id = ${ref.programId}::uuid AND member_id = ${referral.referrerId}::uuid
      AND rule_id = ANY(${progressive})
    GROUP BY rule_id`;
  const brought = (row: RewardRow) => row.eventId === refunded.id;
  return {
    qualifying: referral.qualifyingEventId === refunded.id && referral.stage !== 'reversed',
    eventValue: refunded.value,
    refunded_before_minor: refunded.refunded_before_minor,
    refundValue: value,
    referrerId: referral.referrerId,
    qualifiedCount: referral.qualifiedCount,
    rewards: rows.filter(brought).flatMap((row) => withRule(row, rules)),
    milestoneRewards: rows.filter((row) => !brought(row)).flatMap((row) => withRule(row, rules)),
    entitled_minor: Object.fromEntries(entitled.map(({ ruleId, net_minor }) => [ruleId, net_minor])),
  };
}

function withRule(row: RewardRow, rules: ReadonlyMap<string, Rule>): RefundReward[] {
  const rule = rules.get(row.ruleId);
  if (rule === undefined) return [];
  const { rewardId, recipientId, amount_minor, reversed_minor, status } = row;
  return [{ rewardId, rule, recipientId, amount_minor, reversed_minor, status }];
}
