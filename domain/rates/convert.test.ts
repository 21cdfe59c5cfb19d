import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CURRENCIES } from '../currencies.ts';
import { MAX_MINOR } from '../money.ts';
import {
  conversionOf,
  convert,
  type FixedRate,
  factorOf,
  movesOf,
  valueCounted,
  valueIn,
} from './convert.ts';
import { checkRate, type Rate } from './rate.ts';

const fixedOf = (rate: Rate, from: string, to: string): FixedRate => ({
  unit: to,
  ...factorOf(rate, from, to),
  rateId: '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d',
  rate,
  valid_from_ms: Date.UTC(1999, 0, 1),
});
const euro = (unit: string, rate: string): Rate => ({ from: 'EUR', to: unit, rate });

/**
 * Council Regulation (EC) No 1103/97: rates as one euro in the national unit, of six significant figures,
 * used either way and never inverted (article 4), results to the nearest cent and the half up (article 5).
 * The rates are of Regulations (EC) No 2866/98 and 1086/2006. The two examples in tolars are Slovenia's,
 * http://evro.si/en/info-for-consumers/rounding-rules/; the others follow from the rates.
 */
test.each([
  ['SIT', '239.640', 50_000n, 209n],
  ['SIT', '239.640', 100_000n, 417n],
  ['DEM', '1.95583', 100n, 51n],
  ['DEM', '1.95583', 195_583n, 100_000n],
  ['FRF', '6.55957', 10_000n, 1_524n],
  ['ITL', '1936.27', 100_000n, 5_165n],
  ['IEP', '0.787564', 100n, 127n],
])('%s at %s for one euro: %s minor units are %s cents', (unit, rate, minor, cents) => {
  expect(convert(minor, factorOf(euro(unit, rate), unit, 'EUR'))).toBe(cents);
});

test.each([
  ['DEM', '1.95583', 100n, 196n],
  ['ITL', '1936.27', 100n, 1_936n],
  ['JPY', '160.5', 100n, 161n],
  ['JPY', '160.4', 100n, 160n],
  ['KWD', '0.3305', 100n, 331n],
  ['USD', '1.0853', 4_900n, 5_318n],
  ['PTS', '10', 4_950n, 495n],
])('into %s at %s for one euro: %s cents are %s minor units', (unit, rate, cents, minor) => {
  expect(convert(cents, factorOf(euro(unit, rate), 'EUR', unit))).toBe(minor);
});

const units = fc.constantFrom(...CURRENCIES.keys(), 'PTS');
const rates = fc
  .tuple(fc.bigInt(0n, 10n ** 9n - 1n), fc.bigInt(1n, 10n ** 12n - 1n))
  .map(([whole, part]) => `${whole}.${part.toString().padStart(12, '0')}`);
const fixed = fc
  .tuple(units, units, rates, fc.boolean())
  .filter(([from, to]) => from !== to)
  .map(([from, to, rate, isForth]) => ({
    from,
    by: fixedOf(isForth ? { from, to, rate } : { from: to, to: from, rate }, from, to),
  }));
const minors = fc.bigInt(0n, MAX_MINOR);

describe('a conversion', () => {
  it('gives more for more, and nothing for nothing', () => {
    fc.assert(
      fc.property(fixed, minors, minors, ({ by }, a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(convert(less, by) <= convert(more, by)).toBe(true);
        expect(convert(0n, by)).toBe(0n);
      }),
    );
  });

  it('is the nearest minor unit, the upper of two that are as near', () => {
    fc.assert(
      fc.property(fixed, minors, ({ by }, minor) => {
        const twiceOff = 2n * (convert(minor, by) * by.denominator - minor * by.numerator);
        expect(twiceOff > -by.denominator && twiceOff <= by.denominator).toBe(true);
      }),
    );
  });

  it('of parts that go one after the other adds up to that of the whole, and no part is below zero', () => {
    const parts = fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fixed, parts, ({ from, by }, taken) => {
        const value_minor = taken.reduce((sum, part) => sum + part, 0n);
        let left_minor = value_minor;
        let lost_minor = 0n;
        for (const part of taken) {
          const move = { from_minor: left_minor, to_minor: left_minor - part };
          const [, moved] = movesOf(from, [by], move);
          expect(moved?.unit).toBe(by.unit);
          expect((moved?.minor ?? 1n) <= 0n).toBe(true);
          lost_minor -= moved?.minor ?? 0n;
          left_minor -= part;
          expect(lost_minor <= convert(value_minor, by)).toBe(true);
        }
        expect(lost_minor).toBe(convert(value_minor, by));
      }),
    );
  });

  it('by a rate and then by the same one back is off by less than what one minor unit is worth', () => {
    fc.assert(
      fc.property(fixed, minors, ({ from, by }, minor) => {
        const back = fixedOf(by.rate, by.unit, from);
        const off = convert(convert(minor, by), back) - minor;
        expect((off < 0n ? -off : off) <= convert(1n, back) + 1n).toBe(true);
      }),
    );
  });

  it('by a rate of other units is a bug and throws', () => {
    expect(() => factorOf(euro('USD', '1.1'), 'EUR', 'CHF')).toThrow(RangeError);
    expect(() => factorOf(euro('XYZ', '1.1'), 'EUR', 'XYZ')).toThrow(RangeError);
  });
});

describe('a value in a unit', () => {
  const value = { minor: 4_900n, unit: 'EUR' };
  const dollars = fixedOf(euro('USD', '1.0853'), 'EUR', 'USD');

  it('is itself in its own unit, by its rate in another, and as it was sent without one', () => {
    expect(valueIn(value, [dollars], 'EUR')).toBe(value);
    expect(valueIn(value, [dollars], 'USD')).toEqual({ minor: 5_318n, unit: 'USD' });
    expect(valueIn(value, [dollars], 'CHF')).toBeNull();
    expect(valueCounted(value, [dollars], 'CHF')).toBe(value);
    expect(valueCounted(null, [dollars], 'USD')).toBeNull();
  });

  it('is told with the rate and both amounts', () => {
    expect(conversionOf(value, [dollars], 'EUR')).toBeNull();
    expect(conversionOf(value, [dollars], 'USD')).toEqual({
      sent: { minor: '4900', unit: 'EUR' },
      counted: { minor: '5318', unit: 'USD' },
      rate: '1.0853',
      rate_from: 'EUR',
      rate_to: 'USD',
      rate_id: dollars.rateId,
      rate_valid_from: '1999-01-01T00:00:00.000Z',
    });
  });
});

test.each([
  ['EUR', 'USD', '1.0853', -1, 'ok'],
  ['EUR', 'USD', '1', 0, 'ok'],
  ['DEM', 'EUR', '0.5', -1, 'ok'],
  ['EUR', 'PTS', '10', -1, 'ok'],
  ['EUR', 'USD', '999999999.999999999999', -1, 'ok'],
  ['EUR', 'USD', '0.000000000001', -1, 'ok'],
  ['EUR', 'USD', '0', -1, 'rate_not_positive'],
  ['EUR', 'USD', '0.000000000000', -1, 'rate_not_positive'],
  ['EUR', 'USD', '-1.1', -1, 'rate_not_positive'],
  ['EUR', 'USD', '1.0853', 1, 'rate_in_future'],
  ['EUR', 'USD', '1000000000', -1, 'rate_malformed'],
  ['EUR', 'USD', '0.0000000000001', -1, 'rate_malformed'],
  ['EUR', 'USD', '1,0853', -1, 'rate_malformed'],
  ['EUR', 'USD', '01.1', -1, 'rate_malformed'],
  ['EUR', 'USD', '1.', -1, 'rate_malformed'],
  ['EUR', 'USD', '1e3', -1, 'rate_malformed'],
  ['EUR', 'USD', ' 1', -1, 'rate_malformed'],
  ['EUR', 'USD', '', -1, 'rate_malformed'],
  ['EUR', 'EUR', '1', -1, 'rate_same_unit'],
  ['EUR', 'XYZ', '1', -1, 'unit_unknown'],
  ['eur', 'USD', '1', -1, 'unit_unknown'],
])('a rate of %s in %s of %j, %s ms from now: %s', (from, to, rate, ahead_ms, code) => {
  const now_ms = Date.UTC(2026, 0, 15);
  const checked = checkRate({ from, to, rate, valid_from_ms: now_ms + ahead_ms }, now_ms);
  expect(checked.ok ? 'ok' : checked.code).toBe(code);
});
