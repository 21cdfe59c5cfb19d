import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldCode, withoutTwins } from './coupon-code.ts';

test('of codes that differ in case alone the first is left, and none that is known', () => {
  expect(withoutTwins(['Ab-1', 'aB-1', 'C', 'd', 'D'], new Set(['c']))).toEqual(['Ab-1', 'd']);
});

test('what is left is folded once, and whatever is dropped is known or a twin', () => {
  const code = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', '-'), minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(code), fc.array(code), (codes, before) => {
      const known = new Set(before.map(foldCode));
      const left = withoutTwins(codes, known).map(foldCode);
      expect(new Set(left).size).toBe(left.length);
      expect(left.some((folded) => known.has(folded))).toBe(false);
      expect(new Set([...left, ...known])).toEqual(new Set([...codes.map(foldCode), ...known]));
    }),
  );
});
