import { describe, expect, it } from 'vitest';
import { UserError } from '../user-error.ts';
import { customersOf, parseCdnow, readCdnow } from './cdnow.ts';

describe('the CDNOW sample', () => {
  it('is here whole: 2,357 customers, 6,919 purchases', () => {
    const purchases = readCdnow();
    expect(purchases).toHaveLength(6_919);
    expect(customersOf(purchases, Number.POSITIVE_INFINITY)).toHaveLength(2_357);
    expect(purchases.every(({ cents }) => cents >= 0n)).toBe(true);
    const first = new Date(Math.min(...purchases.map(({ day_ms }) => day_ms)));
    const last = new Date(Math.max(...purchases.map(({ day_ms }) => day_ms)));
    expect(first.toISOString()).toBe('1997-01-01T00:00:00.000Z');
    expect(last.toISOString()).toBe('1998-06-30T00:00:00.000Z');
  });

  it('is read into cents, days and the place of each among its customer’s, in any order of lines', () => {
    const text =
      ' 00021 0002 19970103  3   63.34\r\n 00004 0001 19970118  2   29.73\r\n' +
      ' 00004 0001 19970101  2   29.33\r\n';
    expect(parseCdnow(text)).toEqual([
      { customer: '00004', ordinal: 1, day_ms: Date.UTC(1997, 0, 1), cents: 2_933n },
      { customer: '00021', ordinal: 1, day_ms: Date.UTC(1997, 0, 3), cents: 6_334n },
      { customer: '00004', ordinal: 2, day_ms: Date.UTC(1997, 0, 18), cents: 2_973n },
    ]);
  });

  it('keeps two purchases of one customer on one day apart, in the order of the file', () => {
    const parsed = parseCdnow(' 00004 0001 19970101  2   1.00\n 00004 0001 19970101  2   2.00\n');
    expect(parsed.map(({ ordinal, cents }) => [ordinal, cents])).toEqual([
      [1, 100n],
      [2, 200n],
    ]);
  });

  it.each([
    ['a missing column', ' 00004 0001 19970101  29.33'],
    ['a day that no calendar has', ' 00004 0001 19970230  2   29.33'],
    ['an amount that is no number', ' 00004 0001 19970101  2   many'],
    ['a negative amount', ' 00004 0001 19970101  2   -1.00'],
    ['another file', '<html>'],
  ])('refuses %s with the number of the line', (_what, line) => {
    const text = ` 00004 0001 19970101  2   29.33\r\n${line}\r\n`;
    expect(() => parseCdnow(text)).toThrow(UserError);
    expect(() => parseCdnow(text)).toThrow(/^Line 2 of the CDNOW sample/);
  });
});
