import { exponentOf } from './iso4217.ts';
import { MAX_MINOR, type Money } from './money.ts';

/** Something wrong with a policy: where, and what it must be instead. */
export interface Problem {
  readonly code: 'policy_invalid' | 'condition_invalid';
  readonly at: string;
  readonly message: string;
}

/** Longest time that a policy may set, in days: ten years. */
export const DAYS_MAX = 3_650;
const NAME_LENGTH_MAX = 100;
/** No colon: ids are parts of business keys. */
const ID = /^[a-z0-9][a-z0-9_-]{0,49}$/;
const ACTION = /^[a-z][a-z0-9_]{0,49}$/;
/** Event types that the engine itself gives a meaning. */
const RESERVED_EVENTS: ReadonlySet<string> = new Set(['signup', 'refund']);

export function invalid(at: string, message: string): Problem {
  return { code: 'policy_invalid', at, message };
}

/** The problem when something is wrong, and none otherwise. */
export function invalidIf(isWrong: boolean, at: string, message: string): Problem[] {
  return isWrong ? [invalid(at, message)] : [];
}

/**
 * Whether a name may be an event's type in a policy: an action, as signups and refunds have a meaning of
 * their own.
 */
export function isActionName(name: string): boolean {
  return ACTION.test(name) && !RESERVED_EVENTS.has(name);
}

/** Problems of the name of an action. */
export function checkAction(at: string, name: string): Problem[] {
  return invalidIf(!isActionName(name), at, 'must be the name of an action.');
}

/** Problems of a name that people read. */
export function checkName(at: string, name: string): Problem[] {
  const isGood = name.trim().length > 0 && name.length <= NAME_LENGTH_MAX;
  return invalidIf(!isGood, at, `must be 1 to ${NAME_LENGTH_MAX} characters.`);
}

/** Problems of a whole number that must lie between two bounds, both included. */
export function checkRange(at: string, value: number, min: number, max: number): Problem[] {
  const isGood = Number.isSafeInteger(value) && value >= min && value <= max;
  return invalidIf(!isGood, at, `must be a whole number from ${min} to ${max}.`);
}

/** The same for a number that may be left out by null. */
export function checkRangeOrNull(at: string, value: number | null, min: number, max: number): Problem[] {
  return value === null ? [] : checkRange(at, value, min, max);
}

/**
 * Problems of an amount that must be in the policy's unit and between two bounds in minor units, both
 * included.
 */
export function checkMoney(
  at: string,
  amount: Money,
  unit: string,
  min_minor: bigint,
  max_minor = MAX_MINOR,
): Problem[] {
  const isWithin = amount.minor >= min_minor && amount.minor <= max_minor;
  return [
    ...invalidIf(amount.unit !== unit, at, `must be in the policy's unit, ${unit}.`),
    ...invalidIf(!isWithin, at, `must be from ${min_minor} to ${max_minor} minor units.`),
  ];
}

/** Problems of an amount above zero, of any unit that exists. */
export function checkAmount(at: string, amount: Money): Problem[] {
  if (exponentOf(amount.unit) === null) return [invalid(`${at}.unit`, 'must be a known unit.')];
  return checkMoney(at, amount, amount.unit, 1n);
}

/** Problems of values of which each must be above the one before. `placeOf` names the place of one. */
export function checkRising(
  values: readonly (number | bigint)[],
  placeOf: (index: number) => string,
): Problem[] {
  return values.flatMap((value, index) => {
    const before = values[index - 1];
    const rises = before === undefined || value > before;
    return invalidIf(!rises, placeOf(index), 'must be above the one before.');
  });
}

/** How many items a list may have. */
interface ListSize {
  readonly min: 0 | 1;
  readonly max: number;
}

/** Problems of a list's size alone. */
export function checkSize(at: string, size: number, { min, max }: ListSize): Problem[] {
  const bounds = min === 0 ? `at most ${max}` : `from ${min} to ${max}`;
  return invalidIf(size < min || size > max, at, `must be ${bounds}.`);
}

/**
 * Problems of a list of things with ids: its size, else those of each thing, whose id must be well formed and
 * unique.
 */
export function checkList<T extends { readonly id: string }>(
  at: string,
  items: readonly T[],
  size: ListSize,
  checkItem: (at: string, item: T) => Problem[],
): Problem[] {
  const problems = checkSize(at, items.length, size);
  if (problems.length > 0) return problems;
  const ids = new Set<string>();
  return items.flatMap((item, index) => {
    const place = `${at}[${index}]`;
    const isTwin = ids.has(item.id);
    ids.add(item.id);
    return [
      ...invalidIf(!ID.test(item.id), `${place}.id`, 'must be 1 to 50 of a-z, 0-9, _ and -.'),
      ...invalidIf(isTwin, `${place}.id`, 'must be unique.'),
      ...checkItem(place, item),
    ];
  });
}
