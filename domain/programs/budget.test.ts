import fc from 'fast-check';
import { expect, test } from 'vitest';
import { budgetPercent, budgetState } from './budget.ts';

test.each([
  [1_000n, 0n, 'open', 0],
  [1_000n, 799n, 'open', 79.9],
  [1_000n, 800n, 'near', 80],
  [1_000n, 999n, 'near', 99.9],
  [1_000n, 1_000n, 'exhausted', 100],
  [1n, 0n, 'open', 0],
  [0n, 0n, 'exhausted', 100],
])('of a cap of %s, %s granted is %s, at %s per cent', (cap_minor, spent_minor, state, percent) => {
  expect(budgetState({ cap_minor, spent_minor })).toBe(state);
  expect(budgetPercent({ cap_minor, spent_minor })).toBe(percent);
});

test('100 per cent is said of nothing that has something left, however large the budget', () => {
  const amount = fc.bigInt({ min: 1n, max: 9_000_000_000_000_000n });
  fc.assert(
    fc.property(amount, amount, (cap_minor, spent_minor) => {
      const use = { cap_minor, spent_minor };
      expect(budgetPercent(use) >= 100).toBe(budgetState(use) === 'exhausted');
    }),
  );
});
