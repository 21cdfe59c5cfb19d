import { divideRounded, type Money } from '../money.ts';
import { valueIn } from '../rates/convert.ts';
import { ok, type Result } from '../refusal.ts';
import { deltaAt, entitlement } from '../rewards/entitlement.ts';
import { isOfNth, type Rule } from '../rewards/rule.ts';
import { takeLastStep } from './last-step.ts';
import type { QualificationPolicy } from './policy.ts';
import { type RefundedValue, type Remainder, remainderOf } from './remainder.ts';

/** The part of a policy that decides what a refund takes back. */
export interface RefundPolicy {
  readonly qualification: Pick<QualificationPolicy, 'min_value'>;
  readonly rules: readonly Rule[];
}

/** A reward that may have to be taken back. `reversed_minor` is what earlier refunds took of it. */
export interface RefundReward {
  readonly rewardId: string;
  readonly rule: Rule;
  readonly recipientId: string;
  /** Of the amount; null for badges and perks; left out: the policy's. */
  readonly unit?: string | null | undefined;
  /** 0 for badges and perks. */
  readonly amount_minor: bigint;
  readonly reversed_minor: bigint;
  /** Of a reward for the count: which referral it is for. Null or left out: it is not on record. */
  readonly nth?: number | null | undefined;
  /** held: still in pending; available: matured. */
  readonly status: 'held' | 'available' | 'reversed';
}

export interface RefundFacts extends RefundedValue {
  /** The refunded event is the one that qualified this referral, and the referral is still qualified. */
  readonly qualifying: boolean;
  /** Another action stands that would qualify the referral in its place. */
  readonly hasSuccessor: boolean;
  readonly referrerId: string;
  /** The referrer's qualified referrals, this one included while `qualifying`. */
  readonly qualifiedCount: number;
  /** Rewards that this event brought. */
  readonly rewards: readonly RefundReward[];
  /**
   * The referrer's unreversed rewards of rules on a milestone that other referrals brought, and those of the
   * last step of a milestone rate.
   */
  readonly milestoneRewards: readonly RefundReward[];
  /**
   * By rule id of each milestone_rate rule: all it has granted the referrer, over all referrals, net of what
   * was taken back.
   */
  readonly entitled_minor: Readonly<Record<string, bigint>>;
  /** Those rules of them that have granted the referrer something in another unit; left out: none. */
  readonly mixedRules?: ReadonlySet<string> | undefined;
}

/** What hangs on the referrer's count asks. */
type CountedFacts = Pick<
  RefundFacts,
  'qualifiedCount' | 'entitled_minor' | 'mixedRules' | 'rewards' | 'milestoneRewards' | 'referrerId'
>;

export interface Reversal {
  /**
   * Null: this referral's own reward was nothing, yet its place in the count is taken back (milestone_rate
   * only).
   */
  readonly rewardId: string | null;
  readonly ruleId: string;
  readonly recipientId: string;
  /** Of the reward; left out: the policy's. */
  readonly unit?: string | null | undefined;
  /** 0 for badges and perks, which are withdrawn without a posting. */
  readonly amount_minor: bigint;
  /** The part to take from pending; the rest comes from available and what that lacks is owed. */
  readonly held_minor: bigint;
}

export interface RefundDecision {
  /** The referral stops counting as successful. */
  readonly unqualifies: boolean;
  /** It goes on counting, by another action. */
  readonly requalifies: boolean;
  /** Nothing of the event is left. */
  readonly full: boolean;
  readonly reversals: readonly Reversal[];
}

/**
 * Returns what a refund of an event takes back.
 *
 * - A full refund takes back all that the event brought. A partial one takes percentages back in proportion
 *   to the value refunded so far, rounded half to even on the running total, so that any series of partial
 *   refunds adds up to the whole.
 * - The referral loses its qualifying event when what is left of it is nothing or below the policy's minimum;
 *   then all that was tied to qualifying goes back in full. It stays qualified where another action stands
 *   that qualifies it: its place in the referrer's count is kept, and so is all that hangs on the count.
 * - milestone_rate: entitlement(n) − entitlement(n−1) for the present count n, from what the nth brought and
 *   not what this referral did, because the referrer then has n−1 successful referrals, whichever one left,
 *   and the total granted must be entitlement(n−1). It is never more than what was granted above
 *   entitlement(n−1), so a grant that the budget refused is not taken back. Where the rule has granted in two
 *   units, since the policy changed its unit, there is no such total: then it is what this referral brought.
 * - A milestone's reward goes back when the count falls below the milestone, whichever referral is lost, and
 *   stays otherwise. Where its rule looks at the action, it goes back with the action's place.
 *
 * Refusals: `unit_mismatch`, `amount_negative`, `amount_zero`, `refund_too_large`, `already_refunded`.
 */
export function decideRefund(policy: RefundPolicy, facts: RefundFacts): Result<RefundDecision> {
  const remainder = remainderOf(facts);
  if (!remainder.ok) return remainder;
  const full = remainder.value.left_minor === 0n;
  const falls = facts.qualifying && (full || isBelowMinimum(policy, facts, remainder.value.left_minor));
  const requalifies = falls && facts.hasSuccessor;
  const unqualifies = falls && !requalifies;
  const loss = { falls, unqualifies, full };
  const reversals = [
    ...facts.rewards.flatMap((reward) => reverseOwn(reward, loss, facts, remainder.value)),
    ...(unqualifies ? facts.milestoneRewards.flatMap((reward) => reverseMilestone(reward, facts)) : []),
    ...(unqualifies ? policy.rules.flatMap((rule) => reverseEntitlement(rule, facts)) : []),
  ];
  return ok({ unqualifies, requalifies, full, reversals });
}

function isBelowMinimum(policy: RefundPolicy, facts: RefundFacts, left_minor: bigint): boolean {
  const min = policy.qualification.min_value;
  const { eventValue, rates = [] } = facts;
  if (min === null || eventValue === null) return false;
  const left = valueIn({ ...eventValue, minor: left_minor }, rates, min.unit);
  return left !== null && left.minor < min.minor;
}

/** What a refund takes away: the qualifying event, the qualification itself, all of the event. */
interface Loss {
  readonly falls: boolean;
  readonly unqualifies: boolean;
  readonly full: boolean;
}

function reverseOwn(
  reward: RefundReward,
  { falls, unqualifies, full }: Loss,
  facts: RefundFacts,
  remainder: Remainder,
): Reversal[] {
  const { rule, status } = reward;
  // This event did not bring a reward of the signup, and milestone rates are settled on the count.
  const isSettledElsewhere = rule.trigger.on === 'signed_up' || rule.benefit.kind === 'milestone_rate';
  if (status === 'reversed' || isSettledElsewhere) return [];
  const isOnCount = rule.trigger.on === 'milestone' && !isOfNth(rule);
  if (isOnCount && unqualifies) return reverseMilestone(reward, facts);
  if (isTiedToQualifying(rule) ? falls : full && !isOnCount) return [wholeOf(reward)];
  return rule.benefit.kind === 'percentage' ? reverseShare(reward, remainder) : [];
}

/**
 * What goes back when another action takes the place of the one that qualified the referral, though that one
 * stands: the rewards that are tied to qualifying, and none that hang on the referrer's count.
 */
export const reverseTied = (rewards: readonly RefundReward[]): Reversal[] =>
  reverseWhole(rewards.filter(({ rule }) => isTiedToQualifying(rule)));

/** Takes back all that is left of rewards. */
export const reverseWhole = (rewards: readonly RefundReward[]): Reversal[] =>
  rewards.filter(({ status }) => status !== 'reversed').map(wholeOf);

/**
 * What goes back when the action that qualifies a referral does not any more, though it stands, and no other
 * does: all that was tied to qualifying, and what the referrer's count loses.
 */
export const reverseQualification = (rules: readonly Rule[], facts: CountedFacts): Reversal[] => [
  ...reverseTied(facts.rewards),
  ...reverseCounted(rules, facts),
];

/** Takes back what hangs on the referrer's count, which falls by one. */
export const reverseCounted = (rules: readonly Rule[], facts: CountedFacts): Reversal[] => [
  // One that looks at its action goes back with the action's place.
  ...facts.rewards.filter(({ rule }) => !isOfNth(rule)).flatMap((reward) => reverseMilestone(reward, facts)),
  ...facts.milestoneRewards.flatMap((reward) => reverseMilestone(reward, facts)),
  ...rules.flatMap((rule) => reverseEntitlement(rule, facts)),
];

/** Whether a rule pays for the action that qualifies, and so anew when another takes its place. */
export const isTiedToQualifying = (rule: Rule): boolean =>
  (rule.trigger.on === 'qualified' && rule.benefit.kind !== 'milestone_rate') || isOfNth(rule);

/** What refunds of an action, so far, take of a percentage that it now earns. */
export function refundedShare(
  rule: Rule,
  amount_minor: bigint,
  value: Money | null,
  left_minor: bigint,
): bigint {
  if (rule.benefit.kind !== 'percentage' || value === null || value.minor === 0n) return 0n;
  return divideRounded(amount_minor * (value.minor - left_minor), value.minor, 'half_even');
}

/** Takes a milestone's reward back when the count, less one, falls below it. */
function reverseMilestone(reward: RefundReward, facts: Pick<RefundFacts, 'qualifiedCount'>): Reversal[] {
  if (reward.status === 'reversed' || reward.rule.trigger.on !== 'milestone') return [];
  return facts.qualifiedCount - 1 < reward.rule.trigger.count ? [wholeOf(reward)] : [];
}

function reverseShare(reward: RefundReward, { value_minor, left_minor }: Remainder): Reversal[] {
  if (value_minor === null || value_minor === 0n) return [];
  const due_minor = divideRounded(reward.amount_minor * (value_minor - left_minor), value_minor, 'half_even');
  const amount_minor = due_minor - reward.reversed_minor;
  return amount_minor > 0n ? [reversalOf(reward, amount_minor)] : [];
}

/** Takes back the last step of a milestone rate, as far as it was granted. */
function reverseEntitlement(rule: Rule, facts: CountedFacts): Reversal[] {
  const { benefit } = rule;
  if (benefit.kind !== 'milestone_rate' || facts.qualifiedCount < 1) return [];
  const own = facts.rewards.find((it) => it.rule.id === rule.id && it.status !== 'reversed');
  if (facts.mixedRules?.has(rule.id)) return own === undefined ? [] : [wholeOf(own)];
  const n = facts.qualifiedCount;
  const kept_minor = entitlement(n - 1, benefit.base, benefit.steps).minor;
  const above_minor = (facts.entitled_minor[rule.id] ?? 0n) - kept_minor;
  const delta_minor = deltaAt(n, benefit.base, benefit.steps).minor;
  const amount_minor = above_minor < delta_minor ? above_minor : delta_minor;
  if (amount_minor <= 0n) return [];
  const granted = [...facts.rewards, ...facts.milestoneRewards];
  const standing = granted.filter((it) => it.rule.id === rule.id && it.status !== 'reversed');
  const { parts, rest_minor } = takeLastStep(standing, n, amount_minor);
  const reversals = parts.map(({ reward, part_minor }) => reversalOf(reward, part_minor));
  if (rest_minor === 0n) return reversals;
  const isTaken = parts.some(({ reward }) => reward === own);
  if (own !== undefined && !isTaken) return [...reversals, reversalOf(own, rest_minor)];
  const { referrerId: recipientId } = facts;
  const place = { rewardId: null, ruleId: rule.id, recipientId, amount_minor: rest_minor, held_minor: 0n };
  return [...reversals, place];
}

function wholeOf(reward: RefundReward): Reversal {
  return reversalOf(reward, reward.amount_minor - reward.reversed_minor);
}

function reversalOf(reward: RefundReward, amount_minor: bigint): Reversal {
  const own_minor = reward.amount_minor - reward.reversed_minor;
  const inPending_minor = reward.status === 'held' && own_minor > 0n ? own_minor : 0n;
  return {
    rewardId: reward.rewardId,
    ruleId: reward.rule.id,
    recipientId: reward.recipientId,
    unit: reward.unit,
    amount_minor,
    held_minor: amount_minor < inPending_minor ? amount_minor : inPending_minor,
  };
}
