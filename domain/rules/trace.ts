import { type MoneyJson, toJson } from '../money.ts';
import type { RewardFacts } from '../rewards/facts.ts';
import type { RewardPolicy, Rule } from '../rewards/rule.ts';
import { grantedOf } from './caps.ts';

/** A value that JSON keeps whole. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One check, whether it let the reward through, and what it came to: an amount in minor units, true, or a refusal code. */
export interface TraceStep {
  readonly step: string;
  readonly passed: boolean;
  readonly result: string | null;
}

/** Facts a decision was made on. The event's properties are left out: they may be personal, and the event keeps them. */
export interface TraceFacts {
  readonly event_type: string;
  readonly event_value: MoneyJson | null;
  readonly event_ordinal: number;
  readonly qualified_count: number;
  readonly days_since_signup: number;
  readonly occurred_at_ms: number;
  readonly program_live: boolean;
  readonly policy_unit: string;
  readonly granted_before_minor: string;
  readonly granted_before_count: number;
}

export interface RewardTrace {
  readonly rule: Json;
  readonly facts: TraceFacts;
  readonly steps: readonly TraceStep[];
}

/** The rule in full, its amounts as strings. */
export function ruleOfTrace(rule: Rule): Json {
  return toJsonValue(rule);
}

/** The facts as the rule saw them, for the recipient named. */
export function factsOfTrace(
  policy: Pick<RewardPolicy, 'unit'>,
  rule: Rule,
  facts: RewardFacts,
  recipientId: string,
): TraceFacts {
  const granted = grantedOf(facts, rule.id, recipientId);
  return {
    event_type: facts.event_type,
    event_value: facts.event_value === null ? null : toJson(facts.event_value),
    event_ordinal: facts.event_ordinal,
    qualified_count: facts.qualified_count,
    days_since_signup: facts.days_since_signup,
    occurred_at_ms: facts.occurred_at_ms,
    program_live: facts.program_live,
    policy_unit: policy.unit,
    granted_before_minor: granted.amount_minor.toString(),
    granted_before_count: granted.count,
  };
}

function toJsonValue(value: unknown): Json {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map(toJsonValue);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toJsonValue(part)]));
  }
  throw new TypeError(`a ${typeof value} has no place in a rule`);
}
