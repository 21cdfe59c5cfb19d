import { CURRENCIES } from '../currencies.ts';
import { isCurrency } from '../iso4217.ts';
import { MAX_MINOR, type Money } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';

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
 * The same for what is to reach a bank: Stripe pays out only whole forints and Taiwan dollars, although it
 * moves their hundredths between its own balances.
 */
export function stripePayoutAmount(amount: Money): Result<number> {
  const { minor, unit } = amount;
  const scale = CURRENCIES.get(unit)?.stripe === 'whole_payouts' ? scaleOf(unit) : 1n;
  return minor % scale === 0n
    ? stripeAmount(amount)
    : refuse('amount_not_integer', `Stripe pays out whole ${unit} alone.`);
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

/** Minor units in a whole one. */
const scaleOf = (unit: string): bigint => 10n ** BigInt(CURRENCIES.get(unit)?.digits ?? 0);

function countAsMoney(counted: bigint, unit: string): bigint | null {
  const special = CURRENCIES.get(unit)?.stripe;
  if (special === 'zeros_added') return counted % 100n === 0n ? counted / 100n : null;
  return special === 'zero_decimal' ? counted * scaleOf(unit) : counted;
}

function countAsStripe(minor: bigint, unit: string): bigint | null {
  const special = CURRENCIES.get(unit)?.stripe;
  if (special === 'zeros_added') return minor * 100n;
  if (special === 'tens') return minor % 10n === 0n ? minor : null;
  if (special !== 'zero_decimal') return minor;
  const scale = scaleOf(unit);
  return minor % scale === 0n ? minor / scale : null;
}
