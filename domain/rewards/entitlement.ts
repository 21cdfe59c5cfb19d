import { divideRounded, type Money, WHOLE_BP } from '../money.ts';
import type { RateStep } from './rule.ts';

/**
 * The rate of the highest step that n reaches, in basis points; 0 below the first. Steps have rising counts.
 */
export function rateAt(n: number, steps: readonly RateStep[]): number {
  return steps.reduce((rate, step) => (n >= step.count ? step.rate_bp : rate), 0);
}

/**
 * What n qualified referrals entitle a referrer to, in all: n × base × rate of the highest step reached,
 * nothing below the first step. Exact until the end, then rounded half to even to the minor unit. The formula
 * is that of UniAPT's referral system. Throws when n is not a whole number of at least 0.
 */
export function entitlement(n: number, base: Money, steps: readonly RateStep[]): Money {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`a count of referrals cannot be ${n}`);
  const exact_bp = BigInt(n) * base.minor * BigInt(rateAt(n, steps));
  return { minor: divideRounded(exact_bp, WHOLE_BP, 'half_even'), unit: base.unit };
}

/**
 * What the nth referral adds: entitlement(n) − entitlement(n−1). Differences of rounded totals, so they add
 * up without drift.
 */
export function deltaAt(n: number, base: Money, steps: readonly RateStep[]): Money {
  if (n < 1) throw new RangeError(`there is no referral number ${n}`);
  return {
    minor: entitlement(n, base, steps).minor - entitlement(n - 1, base, steps).minor,
    unit: base.unit,
  };
}
