import type { Policy } from '../../domain/policies/policy.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedEvent } from './event.ts';

/** Programs whose referrals still earn: one that has ended lets what began finish. */
const EARNING = new Set(['live', 'ended']);

/** The facts that reward rules ask for, read under the referrer's lock. `qualified_count` is the count without this event. */
export async function rewardFacts(tx: Tx, event: LockedEvent): Promise<RewardFacts> {
  const { ref, referral, policy, occurred_at_ms } = event;
  if (referral.referredId === null) throw new Error(`referral ${ref.referralId} has nobody referred`);
  const since_signup_ms = occurred_at_ms - (referral.signed_up_at_ms ?? occurred_at_ms);
  return {
    now_ms: ref.now_ms,
    occurred_at_ms,
    event_type: event.type,
    event_value: event.value,
    event_properties: (event.payload['properties'] ?? {}) as RewardFacts['event_properties'],
    event_ordinal: needsOrdinal(policy, event.type) ? await ordinalOf(tx, event) : 1,
    qualified_count: referral.qualifiedCount,
    referrer_id: referral.referrerId,
    referred_id: referral.referredId,
    days_since_signup: Math.max(0, Math.floor(since_signup_ms / DAY_MS)),
    program_live: EARNING.has(event.programStatus),
    granted: await grantedSoFar(tx, { ...referral, programId: ref.programId, policy, occurred_at_ms }),
  };
}

/** A signup that is about to begin a referral, as far as reward rules ask. */
export interface SignupReward extends Asked {
  readonly now_ms: number;
  readonly referredId: string;
}

/**
 * The same for rules on the signup, which look at the signup as their event. Locks the referrer, so that two signups cannot both
 * take the last room under a cap; nothing is asked, and nobody locked, when there is no such rule.
 */
export async function signupRewardFacts(tx: Tx, signup: SignupReward): Promise<RewardFacts | null> {
  const { programId, policy, referrerId, referredId, occurred_at_ms, now_ms } = signup;
  if (!policy.rules.some(({ trigger }) => trigger.on === 'signed_up')) return null;
  const [referrer] = await tx.$queryRaw<{ qualified_referrals: number }[]>`
    SELECT qualified_referrals FROM members WHERE program_id = ${programId}::uuid AND id = ${referrerId}::uuid FOR NO KEY UPDATE`;
  if (referrer === undefined) throw new Error(`referrer ${referrerId} does not exist`);
  return {
    now_ms,
    occurred_at_ms,
    event_type: 'signup',
    event_value: null,
    event_properties: {},
    event_ordinal: 1,
    qualified_count: referrer.qualified_referrals,
    referrer_id: referrerId,
    referred_id: referredId,
    days_since_signup: 0,
    program_live: true,
    granted: await grantedSoFar(tx, signup),
  };
}

/** Conditions may ask for the ordinal, and so do the rules on the nth event. */
function needsOrdinal({ rules, qualification }: Policy, type: string): boolean {
  const conditions = [qualification.condition, ...rules.map(({ condition }) => condition)];
  if (conditions.some((condition) => condition?.includes('ordinal'))) return true;
  return rules.some(({ trigger }) => trigger.on === 'nth_event' && trigger.event === type);
}

async function ordinalOf(tx: Tx, { ref, subject, type }: LockedEvent): Promise<number> {
  const [row] = await tx.$queryRaw<{ earlier: number }[]>`
    SELECT count(*)::int AS earlier FROM events
    WHERE program_id = ${ref.programId}::uuid AND subject = ${subject} AND type = ${type}
      AND state = 'decided' AND outcome->>'decision' = 'accepted'`;
  return (row?.earlier ?? 0) + 1;
}

const asksForHistory = ({ cap, trigger }: Rule) => cap !== null || trigger.on === 'milestone';

interface Asked {
  readonly programId: string;
  readonly policy: Policy;
  readonly referrerId: string;
  readonly referredId: string | null;
  readonly occurred_at_ms: number;
}

/** What each recipient has had of the rules that limit it, within the limit's period. */
async function grantedSoFar(
  tx: Tx,
  { programId, policy, referrerId, referredId, occurred_at_ms }: Asked,
): Promise<RewardFacts['granted']> {
  const limited = policy.rules.filter(asksForHistory);
  if (limited.length === 0) return [];
  const windows = limited.map(({ id, recipient, cap }) => ({
    rule: id,
    member: recipient === 'referrer' ? referrerId : referredId,
    since: new Date(cap?.period_days == null ? 0 : occurred_at_ms - cap.period_days * DAY_MS).toISOString(),
  }));
  return await tx.$queryRaw<RewardFacts['granted'][number][]>`
    SELECT w.rule_id, w.member_id::text AS recipient_id, count(*)::int AS count,
           sum(greatest(w.amount_minor - w.reversed_minor, 0))::bigint AS amount_minor
    FROM jsonb_to_recordset(${JSON.stringify(windows)}::jsonb) AS asked(rule text, member uuid, since timestamptz)
    JOIN rewards w ON w.program_id = ${programId}::uuid AND w.member_id = asked.member AND w.rule_id = asked.rule
      AND w.granted_at >= asked.since AND w.status <> 'reversed'
    GROUP BY w.rule_id, w.member_id`;
}
