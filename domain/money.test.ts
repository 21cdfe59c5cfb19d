import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  compare,
  divideRounded,
  formatMoney,
  MAX_MINOR,
  money,
  parseMoneyJson,
  type Rounding,
  shareOf,
  subtract,
  toJson,
  wholes,
} from './money.ts';

const units = fc.constantFrom('USD', 'EUR', 'JPY', 'KWD', 'PTS', 'PTS_GOLD');
const amounts = fc.record({ minor: fc.bigInt({ min: 0n, max: MAX_MINOR }), unit: units });
const codeOf = (json: unknown): string => {
  const result = parseMoneyJson(json);
  return result.ok ? 'ok' : result.code;
};

describe('money from the outside', () => {
  it.each([
    ['12.5', 'amount_not_integer'],
    ['-12.5', 'amount_not_integer'],
    ['1e3', 'amount_not_integer'],
    ['0x10', 'amount_not_integer'],
    ['007', 'amount_not_integer'],
    ['+5', 'amount_not_integer'],
    [' 5', 'amount_not_integer'],
    ['5\n', 'amount_not_integer'],
    ['', 'amount_not_integer'],
    ['١٢', 'amount_not_integer'],
    [5, 'amount_not_integer'],
    [5n, 'amount_not_integer'],
    [null, 'amount_not_integer'],
    ['-5', 'amount_negative'],
    ['1000000000000001', 'amount_too_large'],
    ['9'.repeat(1_000_000), 'amount_too_large'],
    ['1000000000000000', 'ok'],
    ['0', 'ok'],
  ])('an amount %.20j is answered with %s', (minor, code) => {
    expect(codeOf({ minor, unit: 'USD' })).toBe(code);
  });

  it.each([[undefined], [null], [5], ['XYZ'], ['us d'], ['u\u017fd'], ['__proto__']])(
    'the unit %j is unknown',
    (unit) => {
      expect(codeOf({ minor: '5', unit })).toBe('unit_unknown');
    },
  );

  it.each([
    ['usd', 'USD'],
    ['Eur', 'EUR'],
    ['pts_gold', 'PTS_GOLD'],
  ])('the unit %j is kept as %j', (written, unit) => {
    expect(parseMoneyJson({ minor: '5', unit: written })).toEqual({ ok: true, value: { minor: 5n, unit } });
  });

  it('anything at all is parsed or refused, never thrown on', () => {
    fc.assert(fc.property(fc.anything(), (json) => void parseMoneyJson(json)));
  });

  it('what is written is read back as the same amount', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(parseMoneyJson(toJson(amount))).toEqual({ ok: true, value: amount });
      }),
    );
  });

  it('money of an unknown unit is a bug and throws', () => {
    expect(() => money(1n, 'XYZ')).toThrow(RangeError);
    expect(() => wholes(1n, 'XYZ')).toThrow(RangeError);
    expect(() => formatMoney({ minor: 1n, unit: 'XYZ' })).toThrow(RangeError);
  });
});

describe('arithmetic', () => {
  it('adding and then taking away gives the first amount back', () => {
    fc.assert(
      fc.property(amounts, fc.bigInt({ min: 0n, max: MAX_MINOR }), (a, minor) => {
        const b = money(minor, a.unit);
        const sum = add(a, b);
        expect(sum.ok && subtract(sum.value, b)).toEqual({ ok: true, value: a });
        expect(compare(a, b)).toEqual({ ok: true, value: a.minor < minor ? -1 : a.minor > minor ? 1 : 0 });
      }),
    );
  });

  it('amounts of different units are neither added, subtracted nor compared', () => {
    for (const operation of [add, subtract, compare]) {
      expect(operation(money(1n, 'USD'), money(1n, 'EUR'))).toMatchObject({
        ok: false,
        code: 'unit_mismatch',
      });
    }
  });

  it.each<[bigint, Rounding, bigint]>([
    [25n, 'half_even', 2n],
    [35n, 'half_even', 4n],
    [26n, 'half_even', 3n],
    [25n, 'half_up', 3n],
    [24n, 'half_up', 2n],
    [29n, 'down', 2n],
    [-25n, 'half_even', -2n],
    [-25n, 'half_up', -3n],
    [-29n, 'down', -2n],
  ])('%s tenths rounded %s are %s', (tenths, rounding, expected) => {
    expect(divideRounded(tenths, 10n, rounding)).toBe(expected);
  });

  it('a rounded share is less than one minor unit from the exact one, half unless rounded down', () => {
    const roundings = fc.constantFrom<Rounding>('half_even', 'half_up', 'down');
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 10_000 }), roundings, (amount, rate_bp, rounding) => {
        const off = shareOf(amount, rate_bp, rounding).minor * 10_000n - amount.minor * BigInt(rate_bp);
        const size = off < 0n ? -off : off;
        expect(rounding === 'down' ? off <= 0n && size < 10_000n : size <= 5_000n).toBe(true);
      }),
    );
  });

  it('a division by nothing or less is a bug and throws', () => {
    expect(() => divideRounded(1n, 0n, 'down')).toThrow(RangeError);
  });

  it.each([
    [1250n, 'USD', '12.50 USD'],
    [5n, 'USD', '0.05 USD'],
    [-5n, 'USD', '-0.05 USD'],
    [0n, 'USD', '0.00 USD'],
    [1250n, 'JPY', '1250 JPY'],
    [1250n, 'KWD', '1.250 KWD'],
    [1250n, 'PTS_GOLD', '1250 PTS_GOLD'],
  ])('%s minor units of %s read %s', (minor, unit, text) => {
    expect(formatMoney(money(minor, unit))).toBe(text);
  });

  it('ten whole units are as many minor ones as the unit has digits for', () => {
    expect([wholes(10n, 'USD').minor, wholes(10n, 'JPY').minor, wholes(10n, 'KWD').minor]).toEqual([
      1000n,
      10n,
      10_000n,
    ]);
  });
});
