import { divideRounded, MAX_MINOR, type Money, type MoneyJson, toJson } from '../money.ts';
import { ok, type RefusalCode, type Result, refuse } from '../refusal.ts';
import { compileCondition } from '../rules/condition.ts';
import type { Json, TraceStep } from '../rules/trace.ts';
import { DAY_MS } from '../time.ts';
import type { PointAward, PointRecipient, PointRule, PointsPolicy } from './policy.ts';

/** What point rules look at, gathered under the members' locks. */
export interface PointsFacts {
  readonly occurred_at_ms: number;
  readonly event_type: string;
  readonly event_value: Money | null;
  readonly event_properties: Readonly<Record<string, string | number | boolean>>;
  /** Which counted event of its type this is for the actor, the first being 1. */
  readonly event_ordinal: number;
  readonly actor_id: string;
  /** Who brought the actor; null: nobody. */
  readonly referrer: { readonly id: string; readonly qualified_count: number } | null;
  readonly days_since_signup: number;
  readonly program_live: boolean;
  /** What recipients have had of the rules with a cap, within its period. */
  readonly granted: readonly {
    readonly rule_id: string;
    readonly recipient_id: string;
    readonly points_minor: bigint;
    readonly count: number;
  }[];
}

/** Rule, facts and checks, without personal data: the answer to "why these points". */
export interface PointsTrace {
  readonly rule: Json;
  readonly facts: {
    readonly event_type: string;
    readonly event_value: MoneyJson | null;
    readonly event_ordinal: number;
    readonly qualified_count: number | null;
    readonly days_since_signup: number;
    readonly occurred_at_ms: number;
    readonly program_live: boolean;
    readonly granted_before_minor: string;
    readonly granted_before_count: number;
  };
  readonly steps: readonly TraceStep[];
}

interface DecisionBase {
  readonly rule_id: string;
  readonly recipient: PointRecipient;
  readonly trace: PointsTrace;
}

export interface PointsGranted extends DecisionBase {
  readonly granted: true;
  readonly recipient_id: string;
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
 * Decides every point rule on the event's type, in the policy's order. Refusals: `program_not_live`, `not_referred` (a rule for the
 * referrer, and there is none), `condition_false`, `condition_invalid`, `zero_amount`, `unit_mismatch`, `amount_too_large`,
 * `cap_reached`. A budget is the ledger's to refuse.
 */
export function decidePoints(policy: PointsPolicy, facts: PointsFacts): PointsDecision[] {
  return policy.rules
    .filter(({ event }) => event === facts.event_type)
    .map((rule) => decide(policy.unit, rule, facts));
}

/**
 * What an award comes to for an event's value: `zero_amount` (also without a value), `unit_mismatch` or `amount_too_large` otherwise.
 */
export function pointsFor(award: PointAward, value: Money | null): Result<bigint> {
  if (award.kind === 'fixed') return ok(BigInt(award.points));
  if (value === null) return refuse('zero_amount', 'An event without a value brings no points by value.');
  if (value.unit !== award.per.unit) {
    return refuse(
      'unit_mismatch',
      `The event's value is in ${value.unit}, and this rule counts ${award.per.unit}.`,
    );
  }
  const points_minor = divideRounded(value.minor * BigInt(award.points), award.per.minor, award.rounding);
  if (points_minor <= 0n) return refuse('zero_amount', 'The event is worth too little for a point.');
  if (points_minor > MAX_MINOR)
    return refuse('amount_too_large', `An event brings at most ${MAX_MINOR} points.`);
  return ok(points_minor);
}

/**
 * How many points a refund takes back of what a rule had granted for an event: all that is left of them when nothing is left of
 * the event; of points by value those that what is left would not have brought; of fixed ones none.
 */
export function pointsLost(
  award: PointAward | null,
  granted: { readonly amount_minor: bigint; readonly reversed_minor: bigint },
  left: { readonly whole: boolean; readonly value: Money | null },
): bigint {
  const left_minor = granted.amount_minor - granted.reversed_minor;
  if (left.whole) return left_minor;
  if (award === null || award.kind === 'fixed') return 0n;
  const still = pointsFor(award, left.value);
  const keeps_minor = still.ok ? still.value : 0n;
  return left_minor > keeps_minor ? left_minor - keeps_minor : 0n;
}

function decide(unit: string, rule: PointRule, facts: PointsFacts): PointsDecision {
  const steps: TraceStep[] = [];
  const recipientId = rule.recipient === 'actor' ? facts.actor_id : (facts.referrer?.id ?? null);
  const granted = grantedOf(facts, rule.id, recipientId);
  const points = decideAmount(rule, facts, { recipientId, granted, steps });
  const trace: PointsTrace = {
    rule: toJsonValue(rule),
    facts: {
      event_type: facts.event_type,
      event_value: facts.event_value === null ? null : toJson(facts.event_value),
      event_ordinal: facts.event_ordinal,
      qualified_count: facts.referrer?.qualified_count ?? null,
      days_since_signup: facts.days_since_signup,
      occurred_at_ms: facts.occurred_at_ms,
      program_live: facts.program_live,
      granted_before_minor: granted.points_minor.toString(),
      granted_before_count: granted.count,
    },
    steps,
  };
  const base = { rule_id: rule.id, recipient: rule.recipient, trace };
  if (!points.ok) return { ...base, granted: false, code: points.code, message: points.message };
  const { recipient_id, minor } = points.value;
  const expires_at_ms = rule.expires_days === null ? null : facts.occurred_at_ms + rule.expires_days * DAY_MS;
  return { ...base, granted: true, recipient_id, amount: { minor, unit }, expires_at_ms };
}

type Had = Pick<PointsFacts['granted'][number], 'points_minor' | 'count'>;

interface Asked {
  readonly recipientId: string | null;
  readonly granted: Had;
  readonly steps: TraceStep[];
}

/** The checks in their order, each leaving its step in the trace; the first "no" ends it. */
function decideAmount(
  rule: PointRule,
  facts: PointsFacts,
  { recipientId, granted, steps }: Asked,
): Result<{ readonly recipient_id: string; readonly minor: bigint }> {
  const live = note(steps, 'program_live', facts.program_live ? ok(true) : NOT_LIVE);
  if (!live.ok) return live;
  if (recipientId === null) {
    return note(steps, 'referrer', refuse('not_referred', 'Nobody is credited with this member’s signup.'));
  }
  if (rule.condition !== null) {
    const met = note(steps, 'condition', checkCondition(rule.condition, facts));
    if (!met.ok) return met;
  }
  const wanted = note(steps, 'points', pointsFor(rule.award, facts.event_value));
  if (!wanted.ok) return wanted;
  const clipped = note(steps, 'cap', clip(rule, wanted.value, granted));
  return clipped.ok ? ok({ recipient_id: recipientId, minor: clipped.value }) : clipped;
}

const NOT_LIVE = refuse('program_not_live', 'The program is not live, so no points are granted.');

function note<T extends bigint | boolean | object>(
  steps: TraceStep[],
  step: string,
  result: Result<T>,
): Result<T> {
  const came = result.ok ? String(result.value) : result.code;
  steps.push({ step, passed: result.ok, result: came });
  return result;
}

function grantedOf({ granted }: PointsFacts, ruleId: string, recipientId: string | null): Had {
  const row = granted.find((it) => it.rule_id === ruleId && it.recipient_id === recipientId);
  return row ?? { points_minor: 0n, count: 0 };
}

/** An event of a member whom nobody brought has a referrer with an empty id, as CEL knows no absent records. */
function checkCondition(source: string, facts: PointsFacts): Result<boolean> {
  const condition = compileCondition(source);
  if (!condition.ok) return condition;
  const result = condition.value({
    event: {
      type: facts.event_type,
      value: facts.event_value,
      ordinal: facts.event_ordinal,
      properties: facts.event_properties,
    },
    referral: { referred_id: facts.actor_id, days_since_signup: facts.days_since_signup },
    referrer: facts.referrer ?? { id: '', qualified_count: 0 },
  });
  if (!result.ok || result.value) return result;
  return refuse('condition_false', "The rule's condition does not hold for this event.");
}

function clip({ cap }: PointRule, wanted_minor: bigint, granted: Had): Result<bigint> {
  if (cap === null) return ok(wanted_minor);
  const period = cap.period_days === null ? 'in all' : `in ${cap.period_days} days`;
  if (cap.count !== null && granted.count >= cap.count) {
    return refuse('cap_reached', `This rule gives points at most ${cap.count} times ${period}.`);
  }
  if (cap.points === null) return ok(wanted_minor);
  const room_minor = BigInt(cap.points) - granted.points_minor;
  if (room_minor <= 0n)
    return refuse('cap_reached', `This rule gives at most ${cap.points} points ${period}.`);
  return ok(wanted_minor < room_minor ? wanted_minor : room_minor);
}

function toJsonValue(rule: PointRule): Json {
  const text = JSON.stringify(rule, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return JSON.parse(text) as Json;
}
