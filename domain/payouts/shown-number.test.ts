import fc from 'fast-check';
import { expect, test } from 'vitest';
import { showsNumber } from './shown-number.ts';

test.each<[string, bigint, boolean]>([
  ['2000', 2_000n, true],
  ['2001', 2_000n, false],
  ['1.23457E+11', 123_456_789_012n, true],
  ['1,23457E+11', 123_456_789_012n, true],
  ['1.23456E+11', 123_456_789_012n, false],
  ['1E+12', 1_000_000_000_000n, true],
  ['1E+12', 1_000_000_000_000_000n, false],
  ['1E+12', 9_999_999_999_99n, true],
  ['2E+3', 2_000n, true],
  ['2.0005E+3', 2_000n, false],
  ['', 2_000n, false],
  ['2.000', 2_000n, false],
  ['-2000', 2_000n, false],
])('%s shows %s: %s', (cell, number, expected) => {
  expect(showsNumber(cell, number)).toBe(expected);
});

test('what a spreadsheet rounds is the number still, and no other with other digits', () => {
  fc.assert(
    fc.property(fc.bigInt(10n ** 11n, 10n ** 15n), fc.integer({ min: 0, max: 9 }), (number, digits) => {
      const cell = Number(number).toExponential(digits).toUpperCase();
      const place = 10n ** BigInt(Number(cell.split('E+')[1]) - digits);
      expect(showsNumber(cell, number)).toBe(true);
      expect(showsNumber(cell, number + 2n * place)).toBe(false);
    }),
  );
});
