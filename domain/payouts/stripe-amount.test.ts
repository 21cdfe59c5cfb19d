import { expect, test } from 'vitest';
import { stripeAmount } from './stripe-amount.ts';

test.each([
  ['USD', 1_250n, 1_250],
  ['JPY', 500n, 500],
  // Stripe counts it in hundredths that are always 00.
  ['ISK', 5n, 500],
  ['UGX', 5n, 500],
  // Stripe counts it in whole ariary.
  ['MGA', 1_200n, 12],
  ['KWD', 1_230n, 1_230],
  ['IDR', 500_000_000_000n, 500_000_000_000],
])('%s %s is %s at Stripe', (unit, minor, expected) => {
  expect(stripeAmount({ minor, unit })).toEqual({ ok: true, value: expected });
});

test.each([
  ['PTS', 100n, 'unit_mismatch'],
  ['MGA', 1_250n, 'amount_not_integer'],
  ['KWD', 1_234n, 'amount_not_integer'],
  ['USD', 100_000_000n, 'amount_too_large'],
])('%s %s cannot be paid there', (unit, minor, code) => {
  expect(stripeAmount({ minor, unit })).toMatchObject({ ok: false, code });
});
