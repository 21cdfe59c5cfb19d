import { exponentOf, isCurrency } from '../iso4217.ts';
import { MAX_MINOR, type Money } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';

/**
 * https://docs.stripe.com/currencies, "Minor units in API amounts": currencies that Stripe counts without a
 * minor unit.
 */
const ZERO_DECIMAL: ReadonlySet<string> = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
);
/**
 * The same place, "Special cases": without a minor unit in ISO 4217, and yet with two digits, always 00, at
 * Stripe.
 */
const TWO_DIGITS_OF_ZEROS: ReadonlySet<string> = new Set(['ISK', 'UGX']);
/** The same place: three digits, of which the last is 0. */
const ROUNDED_TO_TEN: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);
/** Eight digits are the most that an amount may have at Stripe; twelve for IDR. */
const AMOUNT_MAX = 99_999_999n;
const AMOUNT_MAX_IDR = 999_999_999_999n;

/**
 * An amount as Stripe's API counts it, an integer. Refuses with `unit_mismatch` (points),
 * `amount_not_integer` (no whole number of what Stripe counts in) or `amount_too_large`.
 */
export function stripeAmount({ minor, unit }: Money): Result<number> {
  if (!isCurrency(unit)) return refuse('unit_mismatch', 'Stripe pays in a currency.');
  const counted = countAsStripe(minor, unit);
  if (counted === null) return refuse('amount_not_integer', `Stripe pays no such fraction of ${unit}.`);
  if (counted > (unit === 'IDR' ? AMOUNT_MAX_IDR : AMOUNT_MAX)) {
    return refuse('amount_too_large', 'Stripe pays no such amount at once.');
  }
  return ok(Number(counted));
}

/**
 * The amount of money that a number of Stripe's API means, in the currency of its three letters, such as
 * `usd`. Refuses with `unit_unknown`, `amount_negative`, `amount_too_large` or `amount_not_integer` (no whole
 * number of the currency's minor units).
 */
export function moneyOfStripe(counted: number, currency: string): Result<Money> {
  const unit = currency.toUpperCase();
  if (!isCurrency(unit)) return refuse('unit_unknown', 'Stripe names a currency that is not in ISO 4217.');
  if (!Number.isSafeInteger(counted)) return refuse('amount_not_integer', 'Stripe counts in whole numbers.');
  if (counted < 0) return refuse('amount_negative', 'An amount must not be negative.');
  const minor = countAsMoney(BigInt(counted), unit);
  if (minor === null) return refuse('amount_not_integer', `There is no such fraction of ${unit}.`);
  if (minor > MAX_MINOR) return refuse('amount_too_large', `An amount is at most ${MAX_MINOR} minor units.`);
  return ok({ minor, unit });
}

function countAsMoney(counted: bigint, unit: string): bigint | null {
  if (TWO_DIGITS_OF_ZEROS.has(unit)) return counted % 100n === 0n ? counted / 100n : null;
  return ZERO_DECIMAL.has(unit) ? counted * 10n ** BigInt(exponentOf(unit) ?? 0) : counted;
}

function countAsStripe(minor: bigint, unit: string): bigint | null {
  if (TWO_DIGITS_OF_ZEROS.has(unit)) return minor * 100n;
  if (ROUNDED_TO_TEN.has(unit)) return minor % 10n === 0n ? minor : null;
  if (!ZERO_DECIMAL.has(unit)) return minor;
  const scale = 10n ** BigInt(exponentOf(unit) ?? 0);
  return minor % scale === 0n ? minor / scale : null;
}
