import type { Money } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { attempt, readExpression } from './expression.ts';
import { childrenOf, type Expression, type ExpressionNode, language } from './language.ts';

/**
 * What a condition may look at. `event.value` is in minor units and absent when the event has none: ask
 * `has(event.value)`.
 */
export interface ConditionFacts {
  readonly event: {
    readonly type: string;
    readonly value: Money | null;
    readonly ordinal: number;
    readonly properties: Readonly<Record<string, string | number | boolean>>;
  };
  readonly referral: { readonly referred_id: string; readonly days_since_signup: number };
  readonly referrer: { readonly id: string; readonly qualified_count: number };
}

export interface Condition {
  (facts: ConditionFacts): Result<boolean>;
  /** Whether it may look at the event's number. */
  readonly asksForNumber: boolean;
  /** Whether it may look at the referrer's count. */
  readonly asksForCount: boolean;
  /** Whether it may look at what only the member's signup says: who brought them, and how long ago. */
  readonly asksForSignup: boolean;
}

/** Longest source of a condition, in characters. */
export const CONDITION_LENGTH_MAX = 1_000;
/**
 * Compiled conditions kept; the least recently used goes first. A policy has 51 at most, so this serves some
 * ten programs whole.
 */
const CACHE_SIZE_MAX = 512;

const cache = new Map<string, Result<Condition>>();

/**
 * Compiles and type-checks a CEL expression over `event`, `referral` and `referrer` (fields as in
 * `ConditionFacts`, with `event.unit` beside `event.value`; numbers among `event.properties` are CEL doubles,
 * as JSON numbers are). Refuses with `condition_invalid` what is too long, does not parse, names what does
 * not exist, or is not a boolean. The compiled condition refuses with the same code when it cannot be
 * evaluated on the facts given, such as a missing property.
 */
export function compileCondition(source: string): Result<Condition> {
  if (source.length > CONDITION_LENGTH_MAX) {
    return refuse('condition_invalid', `A condition has at most ${CONDITION_LENGTH_MAX} characters.`);
  }
  const cached = cache.get(source);
  const compiled = cached ?? compile(source);
  if (cached !== undefined) cache.delete(source);
  else if (cache.size >= CACHE_SIZE_MAX) cache.delete(cache.keys().next().value ?? '');
  cache.set(source, compiled);
  return compiled;
}

/**
 * Whether a condition holds on the facts. Refuses with `condition_false` and the sentence given when it does
 * not, and with `condition_invalid` when it cannot be compiled or evaluated.
 */
export function meetsCondition(source: string, facts: ConditionFacts, sentence: string): Result<true> {
  const condition = compileCondition(source);
  if (!condition.ok) return condition;
  const holds = condition.value(facts);
  if (!holds.ok) return holds;
  return holds.value ? ok(true) : refuse('condition_false', sentence);
}

/** Whether a condition may look at the number of its event among those of its type; null: there is none. */
export function asksForNumber(source: string | null): boolean {
  if (source === null) return false;
  const condition = compileCondition(source);
  return condition.ok && condition.value.asksForNumber;
}

/** Whether a condition may look at the count of the referrer's qualified referrals; null: there is none. */
export function asksForCount(source: string | null): boolean {
  if (source === null) return false;
  const condition = compileCondition(source);
  return condition.ok && condition.value.asksForCount;
}

/** Whether a condition may look at who brought the member, or how long ago; null: there is none. */
export function asksForSignup(source: string | null): boolean {
  if (source === null) return false;
  const condition = compileCondition(source);
  return condition.ok && condition.value.asksForSignup;
}

function compile(source: string): Result<Condition> {
  const read = readExpression(language, source, 'condition');
  if (!read.ok) return read;
  const { expression, type } = read.value;
  if (type !== 'bool' && type !== 'dyn') {
    return refuse('condition_invalid', `A condition gives true or false, and this one gives ${type}.`);
  }
  const asksForCount = mayAskFor(expression.ast, 'referrer', 'qualified_count');
  const asks = {
    asksForNumber: mayAskFor(expression.ast, 'event', 'ordinal'),
    asksForCount,
    asksForSignup:
      asksForCount ||
      mayAskFor(expression.ast, 'referrer', 'id') ||
      mayAskFor(expression.ast, 'referral', 'days_since_signup'),
  };
  return ok(Object.assign((facts: ConditionFacts) => evaluate(expression, facts), asks));
}

/** Whether a part is the record, such as the event, or takes of it what is or may be this field. */
function mayAskFor(node: ExpressionNode, record: string, wanted: string): boolean {
  if (node.op === 'id') return node.args === record;
  const field = fieldOf(node, record);
  return field === null
    ? childrenOf(node.args).some((child) => mayAskFor(child, record, wanted))
    : field === wanted;
}

/** The field of the record that a part is; null: it is none, or its name is only known as it is asked. */
function fieldOf({ op, args }: ExpressionNode, record: string): string | null {
  if (op !== '.' && op !== '[]') return null;
  const [of, name] = args;
  if (of.op !== 'id' || of.args !== record) return null;
  if (typeof name === 'string') return name;
  return name.op === 'value' && typeof name.args === 'string' ? name.args : null;
}

function evaluate(expression: Expression, facts: ConditionFacts): Result<boolean> {
  const result = attempt((): unknown => expression(toContext(facts)), 'condition');
  if (!result.ok) return result;
  if (typeof result.value === 'boolean') return ok(result.value);
  return refuse('condition_invalid', 'The condition gave something other than true or false.');
}

/** CEL integers are bigints; an absent value is left out so that `has` sees it. */
function toContext({ event, referral, referrer }: ConditionFacts): Record<string, unknown> {
  return {
    event: {
      type: event.type,
      ordinal: BigInt(event.ordinal),
      // A Map has no prototype, so a property can be called anything.
      properties: new Map(Object.entries(event.properties)),
      ...(event.value === null ? {} : { value: event.value.minor, unit: event.value.unit }),
    },
    referral: {
      referred_id: referral.referred_id,
      days_since_signup: BigInt(Math.floor(referral.days_since_signup)),
    },
    referrer: { id: referrer.id, qualified_count: BigInt(referrer.qualified_count) },
  };
}
