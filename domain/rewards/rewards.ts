import type { Money } from '../money.ts';
import { ok, type RefusalCode, type Result, refuse } from '../refusal.ts';
import { clipToCap, grantedOf } from '../rules/caps.ts';
import { type ConditionFacts, compileCondition } from '../rules/condition.ts';
import { factsOfTrace, type RewardTrace, ruleOfTrace, type TraceStep } from '../rules/trace.ts';
import { DAY_MS } from '../time.ts';
import { benefitAmount } from './benefit.ts';
import type { RewardFacts } from './facts.ts';
import type { Recipient, RewardPolicy, Rule } from './rule.ts';

/** The moment at which rules are asked: the signup, the qualifying, or any later or same event of the referred member. */
export type RewardMoment = 'signed_up' | 'qualified' | 'event';
export type RewardKind = 'credit' | 'badge' | 'perk';

interface DecisionBase {
  readonly rule_id: string;
  readonly recipient: Recipient;
  readonly recipient_id: string;
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
  readonly matures_at_ms: number;
  readonly expires_at_ms: number | null;
}

export interface RewardRefused extends DecisionBase {
  readonly granted: false;
  readonly code: RefusalCode;
  readonly message: string;
}

export type RewardDecision = RewardGranted | RewardRefused;

/**
 * Decides every rule that this moment triggers, in the policy's order; rules that it does not trigger are not listed.
 * 'qualified' asks rules on qualified and the milestone that `qualified_count` has just reached; 'event' asks the nth_event rules
 * of the event's type. Refusals: `program_not_live`, `cap_reached`, `condition_false`, `condition_invalid`, `unit_mismatch`,
 * `amount_too_large`, `zero_amount`. The budget is the ledger's to refuse: it alone knows what is left of it.
 */
export function decideRewards(
  policy: RewardPolicy,
  moment: RewardMoment,
  facts: RewardFacts,
): RewardDecision[] {
  return policy.rules
    .filter((rule) => isTriggered(rule, moment, facts))
    .map((rule) => decide(policy, rule, facts));
}

/** What a condition sees of the facts. */
export function conditionFactsOf(facts: RewardFacts): ConditionFacts {
  return {
    event: {
      type: facts.event_type,
      value: facts.event_value,
      ordinal: facts.event_ordinal,
      properties: facts.event_properties,
    },
    referral: { referred_id: facts.referred_id, days_since_signup: facts.days_since_signup },
    referrer: { id: facts.referrer_id, qualified_count: facts.qualified_count },
  };
}

function isTriggered({ trigger }: Rule, moment: RewardMoment, facts: RewardFacts): boolean {
  switch (trigger.on) {
    case 'signed_up':
    case 'qualified':
      return moment === trigger.on;
    case 'milestone':
      return moment === 'qualified' && facts.qualified_count === trigger.count;
    case 'nth_event':
      return (
        moment === 'event' &&
        facts.event_type === trigger.event &&
        facts.event_ordinal >= trigger.from &&
        (trigger.to === null || facts.event_ordinal <= trigger.to)
      );
  }
}

function decide(policy: RewardPolicy, rule: Rule, facts: RewardFacts): RewardDecision {
  const recipient_id = rule.recipient === 'referrer' ? facts.referrer_id : facts.referred_id;
  const steps: TraceStep[] = [];
  const amount = decideAmount(policy, rule, recipient_id, facts, steps);
  const base: DecisionBase = {
    rule_id: rule.id,
    recipient: rule.recipient,
    recipient_id,
    trace: { rule: ruleOfTrace(rule), facts: factsOfTrace(policy, rule, facts, recipient_id), steps },
  };
  if (!amount.ok) return { ...base, granted: false, code: amount.code, message: amount.message };
  const matures_at_ms = facts.occurred_at_ms + rule.hold_days * DAY_MS;
  const { benefit } = rule;
  return {
    ...base,
    granted: true,
    kind: benefit.kind === 'badge' || benefit.kind === 'perk' ? benefit.kind : 'credit',
    label: 'label' in benefit ? benefit.label : null,
    amount: amount.value,
    matures_at_ms,
    expires_at_ms: rule.expires_days === null ? null : matures_at_ms + rule.expires_days * DAY_MS,
  };
}

/** The checks in their order, each leaving its step in the trace; the first "no" ends it. */
function decideAmount(
  policy: RewardPolicy,
  rule: Rule,
  recipientId: string,
  facts: RewardFacts,
  steps: TraceStep[],
): Result<Money | null> {
  const live = note(steps, 'program_live', checkLive(facts));
  if (!live.ok) return live;
  const granted = grantedOf(facts, rule.id, recipientId);
  if (rule.trigger.on === 'milestone') {
    const first = note(steps, 'milestone_not_yet_rewarded', checkFirst(granted.count));
    if (!first.ok) return first;
  }
  if (rule.condition !== null) {
    const met = note(steps, 'condition', checkCondition(rule.condition, facts));
    if (!met.ok) return met;
  }
  const wanted = note(steps, 'amount', benefitAmount(rule.benefit, policy.unit, facts));
  if (!wanted.ok) return wanted;
  const clipped = note(steps, 'cap', clipToCap(rule, wanted.value?.minor ?? null, granted));
  if (!clipped.ok) return clipped;
  return ok(clipped.value === null ? null : { minor: clipped.value, unit: policy.unit });
}

function note<T extends Money | bigint | boolean | null>(
  steps: TraceStep[],
  step: string,
  result: Result<T>,
): Result<T> {
  if (!result.ok) {
    steps.push({ step, passed: false, result: result.code });
    return result;
  }
  const value: Money | bigint | boolean | null = result.value;
  steps.push({
    step,
    passed: true,
    result: typeof value === 'object' ? (value?.minor.toString() ?? null) : value.toString(),
  });
  return result;
}

function checkLive(facts: RewardFacts): Result<boolean> {
  return facts.program_live
    ? ok(true)
    : refuse('program_not_live', 'The program is not live, so nothing is granted.');
}

/** After a referral was taken back, the count reaches the same milestone again: it is rewarded once all the same. */
function checkFirst(granted_count: number): Result<boolean> {
  return granted_count === 0 ? ok(true) : refuse('cap_reached', 'This milestone has been rewarded before.');
}

function checkCondition(source: string, facts: RewardFacts): Result<boolean> {
  const condition = compileCondition(source);
  if (!condition.ok) return condition;
  const result = condition.value(conditionFactsOf(facts));
  if (!result.ok || result.value) return result;
  return refuse('condition_false', "The rule's condition does not hold for this event.");
}
