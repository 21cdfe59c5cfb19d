import fc from 'fast-check';
import { expect, it } from 'vitest';
import { money } from '../money.ts';
import { deltaAt, entitlement, rateAt } from './entitlement.ts';
import type { RateStep } from './rule.ts';

const BASE = money(1000n, 'USD');
const STEPS: readonly RateStep[] = [
  { count: 5, rate_bp: 1_000 },
  { count: 10, rate_bp: 1_500 },
  { count: 20, rate_bp: 2_000 },
  { count: 21, rate_bp: 2_500 },
];

/** Cents that the nth referral adds in UniAPT's rule, by hand: n × 1000 × rate, less the same for n − 1. */
const DELTAS: readonly number[] = [
  0, 0, 0, 0, 500, 100, 100, 100, 100, 600, 150, 150, 150, 150, 150, 150, 150, 150, 150, 1150, 1250, 250, 250,
  250, 250, 250, 250, 250, 250, 250, 250, 250, 250, 250, 250, 250, 250, 250, 250, 250,
];

it.each(DELTAS.map((cents, index) => [index + 1, cents]))('referral number %i adds %i cents', (n, cents) => {
  expect(deltaAt(n, BASE, STEPS)).toEqual({ minor: BigInt(cents), unit: 'USD' });
  const total = DELTAS.slice(0, n).reduce((sum, delta) => sum + delta, 0);
  expect(entitlement(n, BASE, STEPS).minor).toBe(BigInt(total));
});

it.each([
  [4, 0],
  [5, 5_00],
  [9, 9_00],
  [10, 15_00],
  [19, 28_50],
  [20, 40_00],
  [21, 52_50],
  [40, 100_00],
])('%i referrals entitle to %i cents in all', (n, cents) => {
  expect(entitlement(n, BASE, STEPS).minor).toBe(BigInt(cents));
});

const steps = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 })
  .chain((counts) =>
    fc
      .array(fc.integer({ min: 1, max: 10_000 }), { minLength: counts.length, maxLength: counts.length })
      .map((rates) => {
        const sorted = [...rates].sort((a, b) => a - b);
        return [...counts].sort((a, b) => a - b).map((count, i) => ({ count, rate_bp: sorted[i] ?? 1 }));
      }),
  );
const bases = fc.bigInt({ min: 1n, max: 10n ** 12n }).map((minor) => money(minor, 'USD'));

it('the deltas of 1 to n add up to the entitlement at n, and none is negative', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 80 }), bases, steps, (n, base, rule) => {
      let sum_minor = 0n;
      for (let i = 1; i <= n; i += 1) {
        const delta = deltaAt(i, base, rule).minor;
        expect(delta >= 0n).toBe(true);
        sum_minor += delta;
      }
      expect(sum_minor).toBe(entitlement(n, base, rule).minor);
    }),
  );
});

it.each([
  [1, 5n, 0n],
  [3, 5n, 2n],
  [7, 5n, 4n],
])('%i × %s minor units at 10 %% are rounded once, half to even, to %s', (n, minor, expected) => {
  expect(entitlement(n, money(minor, 'USD'), [{ count: 1, rate_bp: 1_000 }]).minor).toBe(expected);
});

it('below the first step the rate is nothing, and from a step on it is that step’s', () => {
  expect([0, 4, 5, 9, 10, 20, 21, 1000].map((n) => rateAt(n, STEPS))).toEqual([
    0, 0, 1000, 1000, 1500, 2000, 2500, 2500,
  ]);
});

it('a count that is not a whole number from zero is a bug and throws', () => {
  for (const n of [-1, 1.5, Number.NaN]) expect(() => entitlement(n, BASE, STEPS)).toThrow(RangeError);
  expect(() => deltaAt(0, BASE, STEPS)).toThrow(RangeError);
});
