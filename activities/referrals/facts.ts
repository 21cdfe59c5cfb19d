import type { Policy } from '../../domain/policies/policy.ts';
import { finishesBegun } from '../../domain/programs/deciding.ts';
import { isOfCountedSignup, needsCount } from '../../domain/referrals/counts.ts';
import { needsNumber } from '../../domain/referrals/numbers.ts';
import type { RewardFacts } from '../../domain/rewards/facts.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { daysSince } from '../../domain/rules/facts.ts';
import { blockedAmong } from '../../engine/members/blocked.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { rewardsGranted } from '../../engine/rules/granted.ts';
import type { Tx } from '../../prisma/client.ts';
import { countEarlier } from './actions.ts';
import { countOthers, countThenOf, othersBefore, ownCounts } from './counts.ts';
import type { LockedEvent } from './event.ts';
import { worthOf } from './worth.ts';

/**
 * Returns the facts that reward rules ask for, read under the referrer's lock. `qualifiedCount` leaves this
 * event out. Throws when the referral has no referred member.
 */
export async function rewardFacts(tx: Tx, event: LockedEvent): Promise<RewardFacts> {
  const ordinal = needsNumber(event.policy, event.type) ? (await countEarlier(tx, event)) + 1 : 1;
  return { ...askedOf(event, ordinal), granted: await grantedBefore(tx, event) };
}

/**
 * The same with this number, as if nothing was granted before: all that a condition and a trigger look at.
 * `qualifies`: the rules are asked about it as what qualifies the referral. Reads nothing.
 */
export function askedOf(event: LockedEvent, ordinal: number, qualifies = false): RewardFacts {
  const { ref, referral, policy, occurred_at_ms } = event;
  if (referral.referredId === null) throw new Error(`referral ${ref.referralId} has nobody referred`);
  return {
    now_ms: ref.now_ms,
    occurred_at_ms,
    eventType: event.type,
    ...worthOf(event.value, event.rates, policy.unit),
    eventProperties: (event.payload['properties'] ?? {}) as RewardFacts['eventProperties'],
    eventOrdinal: ordinal,
    qualifiedCount: referral.qualifiedCount,
    countThen: countThenOf(event, ref.eventId, qualifies),
    lastQualified_at_ms: event.lastQualified_at_ms,
    referrerId: referral.referrerId,
    referredId: referral.referredId,
    daysSinceSignup: daysSince(referral.signed_up_at_ms, occurred_at_ms),
    programLive: finishesBegun(event.programStatus),
    blockedIds: referral.blockedIds,
    granted: [],
  };
}

/**
 * What rules ask about the signup of a referral that is there, and notes by which count. Only with the counts
 * read.
 */
export async function factsOfSignup(tx: Tx, event: LockedEvent): Promise<RewardFacts> {
  const { ref, referral, policy, counts, asked } = event;
  const { referralId: id } = ref;
  const occurred_at_ms = referral.signed_up_at_ms ?? event.occurred_at_ms;
  const others = counts === null ? undefined : othersBefore(counts, id);
  if (policy.rules.some(isOfCountedSignup)) asked.push({ id, at_ms: occurred_at_ms, others, own: false });
  const facts = await rewardFacts(tx, { ...event, counts: null, occurred_at_ms });
  return { ...facts, eventType: 'signup', eventValue: null, countThen: others };
}

/**
 * Notes by which count rules are asked about an action for itself; `qualifies`: it qualifies the referral
 * now, which then counts itself.
 */
export function noteAsked(event: LockedEvent, id: string, qualifies = false): void {
  const { type, policy, counts, occurred_at_ms: at_ms, asked } = event;
  if (counts === null || !needsCount(policy, type)) return;
  asked.push({ id, at_ms, others: othersBefore(counts, id), own: qualifies || ownCounts(event, id) });
}

/** What the event's recipients have had by the rules that limit it. */
export const grantedBefore = (
  tx: Tx,
  { ref, referral, policy, occurred_at_ms }: LockedEvent,
): Promise<RewardFacts['granted']> =>
  grantedSoFar(tx, { ...referral, programId: ref.programId, policy, occurred_at_ms });

/** A signup that is about to begin a referral, as far as reward rules ask. */
export interface SignupReward extends Asked {
  readonly referralId: string;
  readonly now_ms: number;
  readonly referredId: string;
}

/**
 * Returns the same facts for rules on the signup, with the signup as their event. Locks the referrer, so that
 * two signups cannot both take the last room under a cap. Without such a rule, returns null and reads and
 * locks nothing.
 */
export async function signupRewardFacts(tx: Tx, signup: SignupReward): Promise<RewardFacts | null> {
  const { programId, policy, referrerId, referredId, occurred_at_ms, now_ms } = signup;
  if (!policy.rules.some(({ trigger }) => trigger.on === 'signed_up')) return null;
  const referrer = (await lockMembers(tx, programId, [referrerId])).get(referrerId);
  if (referrer === undefined) throw new Error(`referrer ${referrerId} does not exist`);
  return {
    now_ms,
    occurred_at_ms,
    eventType: 'signup',
    eventValue: null,
    eventProperties: {},
    eventOrdinal: 1,
    qualifiedCount: referrer.qualifiedReferrals,
    countThen: policy.rules.some(isOfCountedSignup)
      ? await countOthers(tx, { ...signup, eventId: null, at_ms: occurred_at_ms })
      : undefined,
    referrerId,
    referredId,
    daysSinceSignup: 0,
    programLive: true,
    blockedIds: await blockedAmong(tx, programId, [referrerId, referredId]),
    granted: await grantedSoFar(tx, signup),
  };
}

const asksForHistory = ({ cap, trigger }: Rule) => cap !== null || trigger.on === 'milestone';

interface Asked {
  readonly programId: string;
  readonly policy: Policy;
  readonly referrerId: string;
  readonly referredId: string | null;
  readonly occurred_at_ms: number;
}

/** Returns what each recipient has been granted so far by the rules that limit it. */
function grantedSoFar(tx: Tx, asked: Asked): Promise<RewardFacts['granted']> {
  const { policy, referrerId, referredId } = asked;
  return rewardsGranted(
    tx,
    asked,
    policy.rules.filter(asksForHistory).map(({ id, recipient, cap }) => ({
      ruleId: id,
      recipientId: recipient === 'referrer' ? referrerId : referredId,
      cap,
      unit: policy.unit,
    })),
  );
}
