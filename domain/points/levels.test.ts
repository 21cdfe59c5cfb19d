import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideLevelChange, levelAt, nextLevel } from './levels.ts';

describe('levels', () => {
  const levels = [10, 50, 100].map((from) => ({ id: `l${from}`, name: `L${from}`, from }));

  test.each([
    [0n, null, 'l10'],
    [9n, null, 'l10'],
    [10n, 'l10', 'l50'],
    [99n, 'l50', 'l100'],
    [100n, 'l100', null],
    [10_000n, 'l100', null],
  ])('%s lifetime points stand on %s and come next to %s', (lifetime, level, next) => {
    expect(levelAt(levels, lifetime)?.id ?? null).toBe(level);
    expect(nextLevel(levels, lifetime)?.id ?? null).toBe(next);
  });

  test('however points move, changes lead from level to level without a gap, to where points are', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 150n })), (lifetimes) => {
        let on: string | null = null;
        for (const lifetime of lifetimes) {
          const change = decideLevelChange(levels, on, lifetime);
          if (change !== null) {
            expect(change.from).toBe(on);
            on = change.to;
          }
          expect(on).toBe(levelAt(levels, lifetime)?.id ?? null);
          expect(decideLevelChange(levels, on, lifetime)).toBeNull();
        }
      }),
    );
  });

  test('a rise names the levels that it passed, and a fall says that it is one', () => {
    expect(decideLevelChange(levels, null, 120n)).toEqual({
      kind: 'reached',
      from: null,
      to: 'l100',
      passed: ['l10', 'l50'],
    });
    expect(decideLevelChange(levels, 'l100', 20n)).toEqual({
      kind: 'fell',
      from: 'l100',
      to: 'l10',
      passed: [],
    });
  });

  test('a level that the policy no longer has is left for the one that the points reach', () => {
    expect(decideLevelChange(levels, 'gone', 60n)).toMatchObject({ kind: 'reached', to: 'l50' });
  });
});
