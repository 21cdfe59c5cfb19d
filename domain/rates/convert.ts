import { exponentOf, type Unit } from '../iso4217.ts';
import { divideRounded, MAX_MINOR, type Money, type MoneyJson, toJson } from '../money.ts';
import { numberOf, type Rate } from './rate.ts';

/** A rate that an event's decision fixed: the event's value in one more unit, for good. */
export interface FixedRate {
  /** The unit that the value is converted into. */
  readonly unit: Unit;
  /** Minor units of it for one minor unit of the value: an exact fraction. */
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** The rate on record. */
  readonly rateId: string;
  readonly rate: Rate;
  readonly valid_from_ms: number;
}

/** How much one minor unit of `from` is in minor units of `to`, by a rate between the two, either way. */
export function factorOf(rate: Rate, from: Unit, to: Unit): Pick<FixedRate, 'numerator' | 'denominator'> {
  const isForth = rate.from === from && rate.to === to;
  if (!isForth && (rate.from !== to || rate.to !== from)) {
    throw new RangeError(`a rate of ${rate.from} and ${rate.to} says nothing of ${from} and ${to}`);
  }
  const { digits, scale } = numberOf(rate.rate);
  const [up, down] = isForth ? [digits, scale] : [scale, digits];
  return { numerator: up * minorsIn(to), denominator: down * minorsIn(from) };
}

function minorsIn(unit: Unit): bigint {
  const exponent = exponentOf(unit);
  if (exponent === null) throw new RangeError(`unknown unit ${unit}`);
  return 10n ** BigInt(exponent);
}

/**
 * Minor units by a fixed rate, exact until the end, and then the nearest whole one, the upper of two that are
 * as near: as Council Regulation (EC) No 1103/97, articles 4 and 5, has it. `converted_minor.sql` is the same
 * in SQL.
 */
export const convert = (minor: bigint, by: Pick<FixedRate, 'numerator' | 'denominator'>): bigint =>
  divideRounded(minor * by.numerator, by.denominator, 'half_up');

/** Whether an amount stays within what money may be when it is converted. */
export const isConvertible = (minor: bigint, by: Pick<FixedRate, 'numerator' | 'denominator'>): boolean =>
  convert(minor, by) <= MAX_MINOR;

/** A value in a unit: as it is, or by one of the rates that were fixed for it; null: by none of them. */
export function valueIn(value: Money, rates: readonly FixedRate[], unit: Unit): Money | null {
  if (value.unit === unit) return value;
  const by = rates.find((rate) => rate.unit === unit);
  return by === undefined ? null : { minor: convert(value.minor, by), unit };
}

/** A value in a unit where a rate was fixed for it, and else as it was sent. */
export const valueCounted = (value: Money | null, rates: readonly FixedRate[], unit: Unit): Money | null =>
  value === null ? null : (valueIn(value, rates, unit) ?? value);

/**
 * By how much the value of an event moves in each unit, its own and those that rates were fixed for, when
 * what counts of it moves from one number of minor units to another. Parts add up to the whole.
 */
export function movesOf(
  unit: Unit,
  rates: readonly FixedRate[],
  { from_minor, to_minor }: { readonly from_minor: bigint; readonly to_minor: bigint },
): Money[] {
  return [
    { unit, minor: to_minor - from_minor },
    ...rates.map((by) => ({ unit: by.unit, minor: convert(to_minor, by) - convert(from_minor, by) })),
  ];
}

/** How a value was converted, as traces and outcomes keep it. */
export interface Conversion {
  readonly sent: MoneyJson;
  readonly counted: MoneyJson;
  readonly rate: string;
  /** The rate says how many of `rate_to` one of `rate_from` is. */
  readonly rate_from: Unit;
  readonly rate_to: Unit;
  readonly rate_id: string;
  readonly rate_valid_from: string;
}

/** How a value is converted into a unit; null: it is not. */
export function conversionOf(
  value: Money | null,
  rates: readonly FixedRate[],
  unit: Unit,
): Conversion | null {
  const by = value?.unit === unit ? undefined : rates.find((rate) => rate.unit === unit);
  if (value === null || by === undefined) return null;
  return {
    sent: toJson(value),
    counted: toJson({ minor: convert(value.minor, by), unit }),
    rate: by.rate.rate,
    rate_from: by.rate.from,
    rate_to: by.rate.to,
    rate_id: by.rateId,
    rate_valid_from: new Date(by.valid_from_ms).toISOString(),
  };
}
