import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURRENCIES } from './currencies.ts';
import { checkLiving, exponentOf, isUnit, unitNamed } from './iso4217.ts';

const inUse = [...CURRENCIES].filter(([, { withdrawn }]) => withdrawn === null).map(([code]) => code);
const withdrawn = [...CURRENCIES].filter(([code]) => !inUse.includes(code)).map(([code]) => code);

describe('the table of currencies', () => {
  it('has the codes of ISO 4217 that are in use, with a minor unit, and others that were withdrawn', () => {
    expect([inUse.length, withdrawn.length, CURRENCIES.size]).toEqual([165, 53, 218]);
    expect([...CURRENCIES.keys()].every((code) => /^[A-Z]{3}$/.test(code))).toBe(true);
  });

  it('has Stripe’s special cases: 15 without decimals, 2 in zeros, 5 in tens, 2 that banks get whole', () => {
    const counts: Record<string, number> = {};
    for (const { stripe } of CURRENCIES.values()) {
      if (stripe !== null) counts[stripe] = (counts[stripe] ?? 0) + 1;
    }
    expect(counts).toEqual({ zero_decimal: 15, zeros_added: 2, tens: 5, whole_payouts: 2 });
  });

  it.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['CLF', 4],
    ['PTS', 0],
    ['PTS_GOLD1', 0],
    ['DEM', 2],
    ['ITL', 0],
    ['BGN', 2],
    ['XAU', null],
    ['usd', null],
    ['PTS_', null],
    ['PTS_gold', null],
    ['PTS_ABCDEFGHIJKLM', null],
    ['', null],
    ['PTS\n', null],
    ['__proto__', null],
  ])('the unit %j has %j minor digits', (unit, exponent) => {
    expect(exponentOf(unit)).toBe(exponent);
    expect(isUnit(unit)).toBe(exponent !== null);
  });
});

describe('a unit from the outside', () => {
  it('is taken in letters of any case and kept in capitals', () => {
    const units = fc.constantFrom(...CURRENCIES.keys(), 'PTS', 'PTS_GOLD1');
    const small = fc.array(fc.boolean(), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(units, small, (unit, isSmall) => {
        const letters = [...unit].map((letter, at) => (isSmall[at] ? letter.toLowerCase() : letter));
        expect(unitNamed(letters.join(''))).toBe(unit);
      }),
    );
  });

  it('is nothing where its capitals only look like a code', () => {
    // Capitals of ß, ſ and ı are S, S and I.
    expect(['u\u017fd', '\u0131dr', 'u\u00dfd', ' usd', 'usd ', 'toString'].map(unitNamed)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('the life of a code', () => {
  it.each([
    ['DEM', '1999-01-04T00:00:00Z', 'ok'],
    // The end of March 2002, and a quarter for books that are closed late.
    ['DEM', '2002-07-01T23:59:59.999Z', 'ok'],
    ['DEM', '2002-07-02T00:00:00Z', 'unit_withdrawn'],
    ['BGN', '2026-05-03T23:59:59.999Z', 'ok'],
    ['BGN', '2026-05-04T00:00:00Z', 'unit_withdrawn'],
    ['STD', '2018-03-01T00:00:00Z', 'ok'],
    ['USD', '2026-11-30T00:00:00Z', 'ok'],
    ['PTS', '2026-11-30T00:00:00Z', 'ok'],
    ['XYZ', '2026-11-30T00:00:00Z', 'unit_unknown'],
  ])('%s at %s: %s', (unit, at, code) => {
    const living = checkLiving(unit, Date.parse(at));
    expect(living.ok ? 'ok' : living.code).toBe(code);
  });

  it('is named with its end by the refusal', () => {
    expect(checkLiving('HRK', Date.parse('2026-11-30T00:00:00Z'))).toMatchObject({
      message: 'HRK was withdrawn in 2023-01, and is taken for what happened before 2023-05-04.',
    });
  });

  it('is over once and for good', () => {
    const times = fc.date({ min: new Date('1990-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.constantFrom(...withdrawn), times, times, (unit, one, other) => {
        const [first, last] = [one.getTime(), other.getTime()].sort((a, b) => a - b);
        if (first === undefined || last === undefined) return;
        expect(checkLiving(unit, first).ok || !checkLiving(unit, last).ok).toBe(true);
      }),
    );
  });
});
