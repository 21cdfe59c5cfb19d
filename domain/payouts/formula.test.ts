import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutFormulas } from './formula.ts';

test.each([
  ['=1+1', "'=1+1"],
  ['+49 30', "'+49 30"],
  ['-5', "'-5"],
  ['@cmd', "'@cmd"],
  ['＝1', "'＝1"],
  ['\t=1', "\t'=1"],
  ['\r=x', "\r'=x"],
  ['  =1', "'  =1"],
  ['Ann\n=1', "Ann\n'=1"],
  ['Ann\r\n=1', "Ann\r\n'=1"],
  ['Ann\r-1', "Ann\r'-1"],
  ['Ann;@x', "Ann;'@x"],
  ['Ann, =x', "Ann,' =x"],
])('%j becomes %j', (text, expected) => {
  expect(withoutFormulas(text)).toBe(expected);
});

test.each(['Ann-Marie', 'a=b', 'a@b.example', '1+1', 'Ann\nBob', '2026-01-15T09:30:00.000Z', ''])(
  '%j stays as it is',
  (text) => {
    expect(withoutFormulas(text)).toBe(text);
  },
);

test('no part of any text begins a formula, however a spreadsheet splits it', () => {
  const letters = fc.constantFrom('=', '+', '-', '@', '＝', 'a', "'", ' ', ',', ';', '\t', '\r', '\n', '"');
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 30 }), (text) => {
      for (const part of withoutFormulas(text).split(/[\r\n\t,;]/)) {
        expect(part).not.toMatch(/^[ \u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u);
      }
    }),
  );
});
