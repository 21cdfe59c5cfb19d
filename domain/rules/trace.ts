import { type MoneyJson, toJson } from '../money.ts';
import { type Conversion, conversionOf } from '../rates/convert.ts';
import type { Granted } from './caps.ts';
import type { RuleFacts } from './facts.ts';

/** A value that JSON keeps whole. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * One check, whether it let the grant through, and what it came to: an amount in minor units, true, or a
 * refusal code.
 */
export interface TraceStep {
  readonly step: string;
  readonly passed: boolean;
  readonly result: string | null;
}

/**
 * Facts that any rule's decision was made on, as they are stored. The event's properties are left out: they
 * may be personal, and the event keeps them.
 */
export interface RuleTraceFacts {
  readonly event_type: string;
  readonly event_value: MoneyJson | null;
  /** How the value was converted; left out: it was not. */
  readonly conversion?: Conversion;
  readonly event_ordinal: number;
  /** Null: nobody brought the member. */
  readonly qualified_count: number | null;
  readonly days_since_signup: number;
  readonly occurred_at_ms: number;
  readonly program_live: boolean;
  readonly granted_before_minor: string;
  readonly granted_before_count: number;
}

/** Rule, facts and checks, without personal data: the stored answer to "why". */
export interface RuleTrace<Facts extends RuleTraceFacts> {
  readonly rule: Json;
  readonly facts: Facts;
  readonly steps: readonly TraceStep[];
}

/** The facts as a rule saw them; `granted` is what its recipient had had of it. */
export function traceFactsOf<Count extends number | null>(
  facts: RuleFacts,
  qualifiedCount: Count,
  granted: Granted,
): RuleTraceFacts & { readonly qualified_count: Count } {
  const { eventValue, sent } = facts;
  const conversion =
    eventValue === null || sent === undefined ? null : conversionOf(sent.value, sent.rates, eventValue.unit);
  return {
    event_type: facts.eventType,
    event_value: eventValue === null ? null : toJson(eventValue),
    ...(conversion !== null && { conversion }),
    event_ordinal: facts.eventOrdinal,
    qualified_count: qualifiedCount,
    days_since_signup: facts.daysSinceSignup,
    occurred_at_ms: facts.occurred_at_ms,
    program_live: facts.programLive,
    granted_before_minor: granted.amount_minor.toString(),
    granted_before_count: granted.count,
  };
}

/** A rule in full, its amounts as strings. Throws on what JSON cannot hold. */
export function toTraceJson(value: unknown): Json {
  if (typeof value === 'bigint') return value.toString();
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  if (Array.isArray(value)) return value.map(toTraceJson);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toTraceJson(part)]));
  }
  throw new TypeError(`a ${typeof value} has no place in a rule`);
}
