import { isUnit, type Unit, unknownUnit } from '../iso4217.ts';
import { ok, type Result, refuse } from '../refusal.ts';

/** One whole `from` is worth `rate` whole `to`. It serves both ways: the other way divides by it. */
export interface Rate {
  readonly from: Unit;
  readonly to: Unit;
  /** An exact decimal, such as `1.0853`. */
  readonly rate: string;
}

/** A rate, and from when on it counts. */
export interface DatedRate extends Rate {
  readonly valid_from_ms: number;
}

const WHOLE_DIGITS_MAX = 9;
const DECIMALS_MAX = 12;
const DECIMAL = new RegExp(`^(0|[1-9][0-9]{0,${WHOLE_DIGITS_MAX - 1}})(?:\\.([0-9]{1,${DECIMALS_MAX}}))?$`);
const MINUS = /^-(?:[0-9]{1,20})(?:\.[0-9]{1,20})?$/;

/**
 * Whether a rate may go on record at this time, in milliseconds since 1970. Refuses with `unit_unknown`,
 * `rate_same_unit`, `rate_malformed` (no decimal, or one of too many digits), `rate_not_positive` or
 * `rate_in_future`.
 */
export function checkRate(dated: DatedRate, now_ms: number): Result<DatedRate> {
  const { from, to, rate, valid_from_ms } = dated;
  if (!isUnit(from) || !isUnit(to)) return unknownUnit;
  if (from === to) return refuse('rate_same_unit', 'A rate is between two different units.');
  if (MINUS.test(rate)) return notPositive;
  if (!DECIMAL.test(rate)) {
    return refuse(
      'rate_malformed',
      `A rate is a decimal of at most ${WHOLE_DIGITS_MAX} digits, a point and ${DECIMALS_MAX} more.`,
    );
  }
  if (numberOf(rate).digits === 0n) return notPositive;
  return valid_from_ms > now_ms
    ? refuse('rate_in_future', 'A rate counts from now on or from before: set it when its time has come.')
    : ok(dated);
}

const notPositive = refuse('rate_not_positive', 'A rate is above zero.');

/** A decimal as a whole number over a power of ten: 1.0853 is 10853 over 10,000. Throws on another text. */
export function numberOf(decimal: string): { readonly digits: bigint; readonly scale: bigint } {
  const [, whole, decimals = ''] = DECIMAL.exec(decimal) ?? [];
  if (whole === undefined) throw new RangeError(`${decimal} is no rate`);
  return { digits: BigInt(whole + decimals), scale: 10n ** BigInt(decimals.length) };
}
