import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CURRENCIES } from '../currencies.ts';
import { moneyOfStripe, stripeAmount, stripePayoutAmount } from './stripe-amount.ts';

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

test.each([
  ['HUF', 1_000n, 'ok'],
  ['HUF', 1_045n, 'amount_not_integer'],
  ['TWD', 80_000n, 'ok'],
  ['TWD', 80_045n, 'amount_not_integer'],
  ['USD', 1_045n, 'ok'],
  ['KWD', 1_234n, 'amount_not_integer'],
])('%s %s to a bank: %s', (unit, minor, code) => {
  const paid = stripePayoutAmount({ minor, unit });
  expect(paid.ok ? 'ok' : paid.code).toBe(code);
});

test.each([
  ['usd', 1_250, { minor: 1_250n, unit: 'USD' }],
  ['jpy', 500, { minor: 500n, unit: 'JPY' }],
  ['isk', 500, { minor: 5n, unit: 'ISK' }],
  ['mga', 12, { minor: 1_200n, unit: 'MGA' }],
  ['kwd', 1_230, { minor: 1_230n, unit: 'KWD' }],
])('Stripe’s %s %s is read as %o', (currency, counted, value) => {
  expect(moneyOfStripe(counted, currency)).toEqual({ ok: true, value });
});

test.each([
  ['pts', 100, 'unit_unknown'],
  ['usd', -1, 'amount_negative'],
  ['usd', 1.5, 'amount_not_integer'],
  ['isk', 150, 'amount_not_integer'],
])('Stripe’s %s %s is no amount', (currency, counted, code) => {
  expect(moneyOfStripe(counted, currency)).toMatchObject({ ok: false, code });
});

test('what Stripe is sent is read back as the same amount, in every currency', () => {
  const unit = fc.constantFrom(...CURRENCIES.keys());
  fc.assert(
    fc.property(unit, fc.bigInt(0n, 99_999_999n), (currency, minor) => {
      const sent = stripeAmount({ minor, unit: currency });
      if (!sent.ok) return;
      expect(moneyOfStripe(sent.value, currency.toLowerCase())).toEqual({
        ok: true,
        value: { minor, unit: currency },
      });
    }),
  );
});
