import type { Money } from '../money.ts';
import { ok, type RefusalCode, type Result, refuse } from '../refusal.ts';
import { type Granted, grantedOf } from '../rules/caps.ts';
import {
  blockedChecks,
  capCheck,
  conditionChecks,
  liveCheck,
  type RuleCheck,
  runChecks,
} from '../rules/checks.ts';
import { type ConditionFacts, meetsCondition } from '../rules/condition.ts';
import { conditionFactsOf } from '../rules/facts.ts';
import { addDays } from '../time.ts';
import { benefitAmount } from './benefit.ts';
import type { RewardFacts } from './facts.ts';
import { isOfNth, isTimedByNth, type Recipient, type RewardPolicy, type Rule } from './rule.ts';
import { type RewardTrace, traceOf } from './trace.ts';

/**
 * The moment at which rules are asked: the signup, the qualifying, or any later or same event of the referred
 * member.
 */
export type RewardMoment = 'signed_up' | 'qualified' | 'event';
export type RewardKind = 'credit' | 'badge' | 'perk';

interface DecisionBase {
  readonly ruleId: string;
  readonly recipient: Recipient;
  readonly recipientId: string;
  /** Rule, facts and steps, JSON-serialisable, without personal data: the answer to "why". */
  readonly trace: RewardTrace;
}

export interface RewardGranted extends DecisionBase {
  readonly granted: true;
  readonly kind: RewardKind;
  /** The badge's or perk's name; null for credit. */
  readonly label: string | null;
  /** Null for badges and perks. */
  readonly amount: Money | null;
  /** Of a reward for the referrer's count, whose hold and expiry count from the nth; null: from its event. */
  readonly nth: NthReferral | null;
  readonly matures_at_ms: number;
  readonly expires_at_ms: number | null;
}

/** Which of the referrer's referrals a reward is for, and when that one qualified. */
export interface NthReferral {
  readonly nth: number;
  readonly at_ms: number;
}

export interface RewardRefused extends DecisionBase {
  readonly granted: false;
  readonly code: RefusalCode;
  readonly message: string;
}

export type RewardDecision = RewardGranted | RewardRefused;

/**
 * Decides every rule that this moment triggers, in the policy's order; rules that it does not trigger are not
 * listed. 'qualified' asks rules on qualified and the milestone that `qualifiedCount` has just reached, or
 * `countThen` where the rule looks at the action;
 * 'event' asks the nth_event rules of the event's type. Refusals: `member_blocked`,
 * `program_not_live`, `cap_reached`, `condition_false`, `condition_invalid`, `rate_missing`,
 * `amount_too_large`, `zero_amount`. The budget is the ledger's to refuse: it alone knows what is left of it.
 */
export function decideRewards(
  policy: RewardPolicy,
  moment: RewardMoment,
  facts: RewardFacts,
): RewardDecision[] {
  return policy.rules
    .filter((rule) => isTriggered(rule, moment, facts))
    .map((rule) => decideReward(policy, rule, facts));
}

/** Whether a rule answers to an event at this moment, as far as its trigger and its condition say. */
export const reaches = (rule: Rule, moment: RewardMoment, facts: RewardFacts): boolean =>
  isTriggered(rule, moment, facts) &&
  (rule.condition === null || meetsCondition(rule.condition, rewardConditionFacts(facts), '').ok);

function isTriggered(rule: Rule, moment: RewardMoment, facts: RewardFacts): boolean {
  const { trigger } = rule;
  switch (trigger.on) {
    case 'signed_up':
    case 'qualified':
      return moment === trigger.on;
    case 'milestone':
      return moment === 'qualified' && countFor(rule, facts) === trigger.count;
    case 'nth_event':
      return (
        moment === 'event' &&
        facts.eventType === trigger.event &&
        facts.eventOrdinal >= trigger.from &&
        (trigger.to === null || facts.eventOrdinal <= trigger.to)
      );
  }
}

/** The count by which a rule on a milestone goes. */
const countFor = (rule: Rule, facts: RewardFacts): number =>
  isOfNth(rule) ? countThenOf(facts) : facts.qualifiedCount;

const countThenOf = ({ countThen, qualifiedCount }: RewardFacts): number => countThen ?? qualifiedCount;

function decideReward(policy: RewardPolicy, rule: Rule, facts: RewardFacts): RewardDecision {
  const recipientId = rule.recipient === 'referrer' ? facts.referrerId : facts.referredId;
  const granted = grantedOf(facts.granted, rule.id, recipientId);
  const { amount, steps } = runChecks([
    ...blockedChecks(recipientId, facts.blockedIds),
    ...checksOf(policy, rule, facts, granted),
  ]);
  const trace = traceOf(policy, rule, facts, { granted, steps });
  const base = { ruleId: rule.id, recipient: rule.recipient, recipientId, trace };
  if (!amount.ok) return { ...base, granted: false, code: amount.code, message: amount.message };
  const { benefit, hold_days, expires_days } = rule;
  const nth = nthReferral(rule, facts);
  const matures_at_ms = addDays(nth?.at_ms ?? facts.occurred_at_ms, hold_days);
  return {
    ...base,
    granted: true,
    kind: benefit.kind === 'badge' || benefit.kind === 'perk' ? benefit.kind : 'credit',
    label: 'label' in benefit ? benefit.label : null,
    amount: amount.value === null ? null : { minor: amount.value, unit: policy.unit },
    nth,
    matures_at_ms,
    expires_at_ms: expires_days === null ? null : addDays(matures_at_ms, expires_days),
  };
}

/** A count that grows to n has its nth in the one that qualified last, though another may have come last. */
function nthReferral(
  rule: Rule,
  { qualifiedCount, occurred_at_ms, ...facts }: RewardFacts,
): NthReferral | null {
  if (!isTimedByNth(rule)) return null;
  return {
    nth: qualifiedCount,
    at_ms: Math.max(occurred_at_ms, facts.lastQualified_at_ms ?? occurred_at_ms),
  };
}

function checksOf(policy: RewardPolicy, rule: Rule, facts: RewardFacts, granted: Granted): RuleCheck[] {
  const once: RuleCheck = { step: 'milestone_not_yet_rewarded', run: () => checkFirst(granted) };
  const amount = () => benefitAmount(rule.benefit, policy.unit, facts);
  return [
    liveCheck(facts.programLive),
    ...(rule.trigger.on === 'milestone' && !isOfNth(rule) ? [once] : []),
    ...conditionChecks(rule.condition, rewardConditionFacts(facts)),
    { step: 'amount', run: amount },
    capCheck(rule.cap, granted),
  ];
}

/**
 * After a referral was taken back, the count reaches the same milestone again: it is rewarded once all the
 * same.
 */
function checkFirst({ count }: Granted): Result<true> {
  return count === 0 ? ok(true) : refuse('cap_reached', 'This milestone has been rewarded before.');
}

/** What a condition sees of the facts. */
export function rewardConditionFacts(facts: RewardFacts): ConditionFacts {
  const { referredId, referrerId: id } = facts;
  return conditionFactsOf(facts, { referredId, referrer: { id, qualifiedCount: countThenOf(facts) } });
}
