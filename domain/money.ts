import { exponentOf, isUnit, type Unit, unitNamed, unknownUnit } from './iso4217.ts';
import { ok, type Refusal, type Result, refuse } from './refusal.ts';

/** An amount in a unit's smallest denomination (cents, points). Different units never compare. */
export interface Money {
  readonly minor: bigint;
  readonly unit: Unit;
}

/** Money as it travels: minor units as a decimal string, because JSON numbers lose digits. */
export interface MoneyJson {
  readonly minor: string;
  readonly unit: Unit;
}

/** How a share that falls between two minor units is settled. */
export type Rounding = 'half_even' | 'half_up' | 'down';

/** The most that one amount may be, in minor units: 10^15 leaves a 64-bit sum room for 9,000 such amounts. */
export const MAX_MINOR = 10n ** 15n;
const MAX_DIGITS = MAX_MINOR.toString().length;

/** Basis points in a whole. */
export const WHOLE_BP = 10_000n;

/**
 * Money from parts that the program itself vouches for. Throws on an unknown unit; input goes through
 * `parseMoneyJson`.
 */
export function money(minor: bigint, unit: Unit): Money {
  if (!isUnit(unit)) throw new RangeError(`unknown unit ${unit}`);
  return { minor, unit };
}

/** Whole units: 10 USD are 1000 minor, 10 JPY and 10 PTS are 10. Throws on an unknown unit. */
export function wholes(count: bigint, unit: Unit): Money {
  const exponent = exponentOf(unit);
  if (exponent === null) throw new RangeError(`unknown unit ${unit}`);
  return { minor: count * 10n ** BigInt(exponent), unit };
}

function mismatch(a: Money, b: Money): Refusal {
  return refuse('unit_mismatch', `An amount in ${a.unit} cannot be combined with one in ${b.unit}.`);
}

/** a + b, or `unit_mismatch`. */
export function add(a: Money, b: Money): Result<Money> {
  return a.unit === b.unit ? ok({ minor: a.minor + b.minor, unit: a.unit }) : mismatch(a, b);
}

/** a − b, which may be below zero, or `unit_mismatch`. */
export function subtract(a: Money, b: Money): Result<Money> {
  return a.unit === b.unit ? ok({ minor: a.minor - b.minor, unit: a.unit }) : mismatch(a, b);
}

/** −1, 0 or 1 as a is less than, equal to or more than b, or `unit_mismatch`. */
export function compare(a: Money, b: Money): Result<-1 | 0 | 1> {
  if (a.unit !== b.unit) return mismatch(a, b);
  if (a.minor === b.minor) return ok(0);
  return ok(a.minor < b.minor ? -1 : 1);
}

/**
 * Money from the outside: a whole number of minor units as a canonical decimal string, 0 included, and a
 * known unit, its code in letters of any case. Whether the unit is in use, `checkLiving` says. Refuses with
 * `amount_not_integer`, `amount_negative`, `amount_too_large` or `unit_unknown`; never throws.
 */
export function parseMoneyJson(json: unknown): Result<Money> {
  const { minor, unit } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  if (typeof minor !== 'string') {
    return refuse('amount_not_integer', 'An amount is a decimal string of minor units, such as "1250".');
  }
  if (/^-[0-9]+$/.test(minor)) return refuse('amount_negative', 'An amount must not be negative.');
  if (!/^(?:0|[1-9][0-9]*)$/.test(minor)) {
    return refuse(
      'amount_not_integer',
      'An amount is a whole number of minor units, without sign, point or exponent.',
    );
  }
  // The length goes first, so that a string of a million digits is never turned into a number.
  if (minor.length > MAX_DIGITS || BigInt(minor) > MAX_MINOR) {
    return refuse('amount_too_large', `An amount is at most ${MAX_MINOR} minor units.`);
  }
  const known = typeof unit === 'string' ? unitNamed(unit) : null;
  return known === null ? unknownUnit : ok({ minor: BigInt(minor), unit: known });
}

/** The form money has on every wire. */
export function toJson(amount: Money): MoneyJson {
  return { minor: amount.minor.toString(), unit: amount.unit };
}

/**
 * numerator ÷ denominator as a whole number; the sign is kept, so that −x rounds to −(x rounded). Denominator
 * above 0.
 */
export function divideRounded(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (denominator <= 0n) throw new RangeError('the denominator must be above zero');
  const negative = numerator < 0n;
  const size = negative ? -numerator : numerator;
  const whole = size / denominator;
  const twice = 2n * (size % denominator);
  const isUp =
    rounding !== 'down' &&
    (twice > denominator || (twice === denominator && (rounding === 'half_up' || whole % 2n === 1n)));
  const rounded = isUp ? whole + 1n : whole;
  return negative ? -rounded : rounded;
}

/**
 * The given basis points (10,000 = all) of an amount, in whole minor units, settled by the named rounding.
 */
export function shareOf(amount: Money, rate_bp: number, rounding: Rounding): Money {
  return { minor: divideRounded(amount.minor * BigInt(rate_bp), WHOLE_BP, rounding), unit: amount.unit };
}

/** An amount's number alone: `12.50` of USD, `-0.05`, `1250` of JPY. Throws on an unknown unit. */
export function decimalOf(amount: Money): string {
  const exponent = exponentOf(amount.unit);
  if (exponent === null) throw new RangeError(`unknown unit ${amount.unit}`);
  const sign = amount.minor < 0n ? '-' : '';
  const digits = (amount.minor < 0n ? -amount.minor : amount.minor).toString().padStart(exponent + 1, '0');
  if (exponent === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** For people: `12.50 USD`, `-0.05 USD`, `1250 JPY`, `1.250 KWD`. Throws on an unknown unit. */
export const formatMoney = (amount: Money): string => `${decimalOf(amount)} ${amount.unit}`;
