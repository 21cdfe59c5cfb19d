import { MAX_MINOR, type Money } from './money.ts';
import { compileCondition } from './rules/condition.ts';

/** Something wrong with a policy: where, and what it must be instead. */
export interface Problem {
  readonly code: 'policy_invalid' | 'condition_invalid';
  readonly at: string;
  readonly message: string;
}

/** Longest time that a policy may set, in days: ten years. */
export const DAYS_MAX = 3_650;
const EVENT = /^[a-z][a-z0-9_]{0,49}$/;
/** Event types that the engine itself gives a meaning. */
const RESERVED_EVENTS: ReadonlySet<string> = new Set(['signup', 'refund']);

export function invalid(at: string, message: string): Problem {
  return { code: 'policy_invalid', at, message };
}

/** Whether a name may be an event's type in a policy: an action, as signups and refunds have a meaning of their own. */
export function isActionName(name: string): boolean {
  return EVENT.test(name) && !RESERVED_EVENTS.has(name);
}

/** Problems of a whole number that must lie between two bounds, both included. */
export function checkRange(at: string, value: number, min: number, max: number): Problem[] {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return [];
  return [invalid(at, `must be a whole number from ${min} to ${max}.`)];
}

/** Problems of an amount that must be in the policy's unit and between two bounds in minor units, both included. */
export function checkMoney(
  at: string,
  amount: Money,
  unit: string,
  min_minor: bigint,
  max_minor = MAX_MINOR,
): Problem[] {
  const problems: Problem[] = [];
  if (amount.unit !== unit) problems.push(invalid(at, `must be in the policy's unit, ${unit}.`));
  if (amount.minor < min_minor || amount.minor > max_minor) {
    problems.push(invalid(at, `must be from ${min_minor} to ${max_minor} minor units.`));
  }
  return problems;
}

/** Problems of a condition: none when it compiles, or when there is none. */
export function checkCondition(at: string, source: string | null): Problem[] {
  const compiled = source === null ? null : compileCondition(source);
  return compiled === null || compiled.ok
    ? []
    : [{ code: 'condition_invalid', at, message: compiled.message }];
}
