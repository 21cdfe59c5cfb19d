import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CatalogueLimits,
  type CatalogueTerms,
  checkTerms,
  feeOn,
  judgeItem,
  quoteItem,
} from './item.ts';

const usd = (minor: bigint) => ({ minor, unit: 'USD' });

const cash: CatalogueTerms = {
  kind: 'cash_out',
  method: 'manual',
  unit: 'USD',
  price_minor: null,
  min_minor: 1_000n,
  value: null,
  fee: { fixed_minor: 25n, rate_bp: 150 },
};
const mug: CatalogueTerms = {
  kind: 'item',
  method: 'manual',
  unit: 'PTS',
  price_minor: 500n,
  min_minor: null,
  value: null,
  fee: { fixed_minor: 0n, rate_bp: 0 },
};

describe('what redeeming an item comes to', () => {
  test('a cash-out keeps its fee, the share rounded half to even, and pays the rest', () => {
    expect(quoteItem(cash, usd(10_000n))).toMatchObject({ value: { fee_minor: 175n, payout: usd(9_825n) } });
    // 1.5 % of 10.00 is 15 cents; of 11.00 it is 16.5, and of 13.00 it is 19.5.
    expect(feeOn(1_100n, cash.fee)).toBe(41n);
    expect(feeOn(1_300n, cash.fee)).toBe(45n);
  });

  test('points that become money pay the value, whatever they are', () => {
    const terms: CatalogueTerms = { ...mug, kind: 'cash_out', method: 'stripe', value: usd(500n) };
    expect(quoteItem(terms, null)).toMatchObject({
      value: { amount: { minor: 500n, unit: 'PTS' }, fee_minor: 0n, payout: usd(500n) },
    });
  });

  test.each([
    ['an amount for what has a price', mug, { minor: 500n, unit: 'PTS' }, 'item_invalid'],
    ['no amount for what has none', cash, null, 'item_invalid'],
    ['another unit', cash, { minor: 5_000n, unit: 'EUR' }, 'unit_mismatch'],
    ['less than the minimum', cash, usd(999n), 'below_minimum'],
    ['what the fee would eat', { ...cash, min_minor: 1n }, usd(25n), 'below_minimum'],
  ] as const)('%s is refused', (_what, terms, asked, code) => {
    expect(quoteItem(terms, asked)).toMatchObject({ ok: false, code });
  });

  test('a fee is never more than the amount, and a larger amount never pays less', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 15n });
    const rate = fc.integer({ min: 0, max: 9_999 });
    fc.assert(
      fc.property(minor, minor, fc.bigInt({ min: 0n, max: 10_000n }), rate, (a, b, fixed_minor, rate_bp) => {
        const terms = { ...cash, min_minor: 1n, fee: { fixed_minor, rate_bp } };
        const [low, high] = a < b ? [a, b] : [b, a];
        const less = quoteItem(terms, usd(low));
        const more = quoteItem(terms, usd(high));
        if (!less.ok) return;
        expect(less.value.payout.minor + less.value.fee_minor).toBe(low);
        expect(less.value.payout.minor).toBeGreaterThan(0n);
        expect(more.ok && more.value.payout.minor >= less.value.payout.minor).toBe(true);
      }),
    );
  });
});

describe('who may have an item', () => {
  const open: CatalogueLimits = {
    active: true,
    starts_at_ms: 100,
    ends_at_ms: 200,
    min_level: 2,
    badge: 'friend',
    member_limit: 1,
  };
  const facts = { now_ms: 100, level: 2, holds_badge: true, redeemed: 0, left: 1 };

  test.each([
    ['all that is asked', {}, {}, 'ok'],
    ['an item that was switched off', { active: false }, {}, 'item_inactive'],
    ['a moment too early', {}, { now_ms: 99 }, 'item_inactive'],
    ['the moment of its end', {}, { now_ms: 200 }, 'item_inactive'],
    ['a level too low', {}, { level: 1 }, 'not_eligible'],
    ['no level at all', {}, { level: null }, 'not_eligible'],
    ['no badge', {}, { holds_badge: false }, 'not_eligible'],
    ['as many as allowed', {}, { redeemed: 1 }, 'limit_reached'],
    ['an empty stock', {}, { left: 0 }, 'out_of_stock'],
    ['an unlimited stock', {}, { left: null }, 'ok'],
    [
      'no limits',
      { min_level: null, badge: null, member_limit: null },
      { level: null, holds_badge: false, redeemed: 9 },
      'ok',
    ],
  ])('%s', (_what, item, known, expected) => {
    const answer = judgeItem({ ...open, ...item }, { ...facts, ...known });
    expect(answer.ok ? 'ok' : answer.code).toBe(expected);
  });
});

describe('terms that fit together', () => {
  test.each<[string, CatalogueTerms, boolean]>([
    ['a cash-out with a minimum and a fee', cash, true],
    ['a thing for points', mug, true],
    ['a thing for the policy’s unit', { ...mug, unit: 'USD' }, true],
    ['another currency than the policy’s', { ...mug, unit: 'EUR' }, false],
    ['a thing without a price', { ...mug, price_minor: null, min_minor: 1n }, false],
    ['neither price nor minimum', { ...cash, min_minor: null }, false],
    ['both', { ...cash, price_minor: 1_000n }, false],
    ['a fee on a thing', { ...mug, fee: cash.fee }, false],
    ['a fee that leaves nothing of the least', { ...cash, min_minor: 25n }, false],
    ['a share of the whole', { ...cash, fee: { fixed_minor: 0n, rate_bp: 10_000 } }, false],
    ['coupons that Stripe would pay', { ...mug, kind: 'coupon', method: 'stripe' }, false],
    ['points that Stripe would pay', { ...cash, unit: 'PTS', method: 'stripe' }, false],
    [
      'points for money that Stripe pays',
      { ...mug, kind: 'cash_out', method: 'stripe', value: usd(5n) },
      true,
    ],
    ['a value beside a fee', { ...cash, price_minor: 1_000n, min_minor: null, value: usd(5n) }, false],
    ['a price of nothing', { ...mug, price_minor: 0n }, false],
  ])('%s', (_what, terms, expected) => {
    expect(checkTerms(terms, 'USD').ok).toBe(expected);
  });
});
