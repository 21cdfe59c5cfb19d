import type { Money } from '../money.ts';
import { type RefusalCode, refuse } from '../refusal.ts';
import { type CapLimits, type Granted, grantedOf } from '../rules/caps.ts';
import {
  blockedChecks,
  capCheck,
  conditionChecks,
  liveCheck,
  type RuleCheck,
  runChecks,
} from '../rules/checks.ts';
import { conditionFactsOf } from '../rules/facts.ts';
import { type RuleTrace, type RuleTraceFacts, toTraceJson, traceFactsOf } from '../rules/trace.ts';
import { addDays } from '../time.ts';
import { pointsFor } from './award.ts';
import type { PointsFacts } from './facts.ts';
import type { PointRecipient, PointRule, PointsPolicy } from './policy.ts';

/** Why points were granted or refused, as it is stored. */
export type PointsTrace = RuleTrace<RuleTraceFacts>;

interface DecisionBase {
  readonly ruleId: string;
  readonly recipient: PointRecipient;
  readonly trace: PointsTrace;
}

export interface PointsGranted extends DecisionBase {
  readonly granted: true;
  readonly recipientId: string;
  readonly amount: Money;
  readonly expires_at_ms: number | null;
}

export interface PointsRefused extends DecisionBase {
  readonly granted: false;
  readonly code: RefusalCode;
  readonly message: string;
}

export type PointsDecision = PointsGranted | PointsRefused;

/**
 * Decides every point rule on the event's type, in the policy's order. Refusals: `member_blocked`,
 * `program_not_live`, `not_referred` (a rule for the referrer, and there is none), `condition_false`,
 * `condition_invalid`, `zero_amount`, `rate_missing`, `amount_too_large`, `cap_reached`. A budget is the
 * ledger's to refuse.
 */
export function decidePoints(policy: PointsPolicy, facts: PointsFacts): PointsDecision[] {
  return policy.rules
    .filter(({ event }) => event === facts.eventType)
    .map((rule) => decidePointRule(policy.unit, rule, facts));
}

function decidePointRule(unit: string, rule: PointRule, facts: PointsFacts): PointsDecision {
  const recipientId = rule.recipient === 'actor' ? facts.actorId : (facts.referrer?.id ?? null);
  const granted = grantedOf(facts.granted, rule.id, recipientId);
  const { amount, steps } = runChecks(checksOf(unit, rule, facts, { recipientId, granted }));
  const trace: PointsTrace = {
    rule: toTraceJson(rule),
    facts: traceFactsOf(facts, facts.referrer?.qualifiedCount ?? null, granted),
    steps,
  };
  const base = { ruleId: rule.id, recipient: rule.recipient, trace };
  if (!amount.ok) return { ...base, granted: false, code: amount.code, message: amount.message };
  if (recipientId === null || amount.value === null) {
    throw new Error(`rule ${rule.id} grants no points, or nobody any`);
  }
  const { expires_days } = rule;
  return {
    ...base,
    granted: true,
    recipientId,
    amount: { minor: amount.value, unit },
    expires_at_ms: expires_days === null ? null : addDays(facts.occurred_at_ms, expires_days),
  };
}

const NO_REFERRER: RuleCheck = {
  step: 'referrer',
  run: () => refuse('not_referred', 'Nobody is credited with this member’s signup.'),
};

interface Receipt {
  /** Null: the rule is for the referrer, and there is none. */
  readonly recipientId: string | null;
  readonly granted: Granted;
}

function checksOf(
  unit: string,
  rule: PointRule,
  facts: PointsFacts,
  { recipientId, granted }: Receipt,
): RuleCheck[] {
  const people = { referredId: facts.actorId, referrer: facts.referrer };
  return [
    ...blockedChecks(recipientId, facts.blockedIds),
    liveCheck(facts.programLive),
    ...(recipientId === null ? [NO_REFERRER] : []),
    ...conditionChecks(rule.condition, conditionFactsOf(facts, people)),
    { step: 'points', run: () => pointsOf(rule, facts) },
    capCheck(limitsOf(rule, unit), granted),
  ];
}

/** By the value as it was sent, since a rule may count another unit than the policy does. */
const pointsOf = ({ award }: PointRule, { eventValue, sent }: PointsFacts) =>
  pointsFor(award, sent?.value ?? eventValue, sent?.rates);

function limitsOf({ cap }: PointRule, unit: string): CapLimits | null {
  if (cap === null) return null;
  const { points, count, period_days } = cap;
  return { amount: points === null ? null : { minor: BigInt(points), unit }, count, period_days };
}
