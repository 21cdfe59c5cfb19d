import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyChange,
  checkPrizes,
  checkSeason,
  compareStandings,
  percentileOf,
  prizeOf,
  rankAll,
  type Standing,
  trendOf,
} from './standings.ts';

const standing = fc.record({
  memberId: fc.uuid(),
  score: fc.bigInt({ min: 0n, max: 3n }),
  reached_at_ms: fc.integer({ min: 0, max: 3 }),
});

describe('ranking', () => {
  test('the higher score is first, then the one reached first, and nobody without a score is ranked', () => {
    const row = (memberId: string, score: bigint, reached_at_ms: number): Standing => ({
      memberId,
      score,
      reached_at_ms,
    });
    const ranked = rankAll([
      row('a', 1n, 5),
      row('b', 3n, 9),
      row('c', 0n, 1),
      row('d', 1n, 4),
      row('e', 3n, 8),
    ]);
    expect(ranked.map(({ memberId }) => memberId)).toEqual(['e', 'b', 'd', 'a']);
  });

  test('the order is total: no two members share a place, and whoever sorts gets the same', () => {
    fc.assert(
      fc.property(fc.array(standing), (rows) => {
        const unique = [...new Map(rows.map((row) => [row.memberId, row])).values()];
        for (const a of unique) {
          for (const b of unique)
            expect(Math.sign(compareStandings(a, b)) + Math.sign(compareStandings(b, a))).toBe(0);
        }
        expect(rankAll([...unique].reverse())).toEqual(rankAll(unique));
      }),
      { numRuns: 50 },
    );
  });

  test('gains lead to the same place in whatever order they arrive', () => {
    const gains = fc.array(fc.record({ by: fc.bigInt({ min: 1n, max: 9n }), at_ms: fc.nat(9) }), {
      minLength: 1,
    });
    const total = (changes: readonly { by: bigint; at_ms: number }[]) =>
      changes.reduce<ReturnType<typeof applyChange> | null>(
        (sum, { by, at_ms }) => applyChange(sum, by, at_ms),
        null,
      );
    fc.assert(
      fc.property(gains, (changes) => {
        expect(total([...changes].reverse())).toEqual(total(changes));
      }),
    );
  });

  test('a score never falls below nothing', () => {
    expect(applyChange({ score: 2n, reached_at_ms: 1 }, -5n, 7)).toEqual({ score: 0n, reached_at_ms: 7 });
  });

  test.each([
    [1, 1, 100],
    [1, 1_000_000, 100],
    [1_000_000, 1_000_000, 0],
    [3, 5, 50],
  ])('rank %i of %i has %i of 100 behind it', (rank, members, percentile) => {
    expect(percentileOf(rank, members)).toBe(percentile);
  });

  test('a trend counts the ranks that were gained, and there is none without a snapshot', () => {
    expect([trendOf(7, 4), trendOf(4, 7), trendOf(null, 1)]).toEqual([3, -3, null]);
  });
});

describe('seasons', () => {
  const season = (starts_at_ms: number, ends_at_ms: number) => ({ starts_at_ms, ends_at_ms });

  test('one that begins where another ends does not overlap it', () => {
    expect(checkSeason(season(20, 30), [season(10, 20), season(30, 40)], 5).ok).toBe(true);
  });

  test.each([
    ['ends before it starts', season(20, 10), 5, 'season_ends_before_start'],
    ['ends as it starts', season(20, 20), 5, 'season_ends_before_start'],
    ['has begun', season(4, 30), 5, 'season_has_begun'],
    ['overlaps the end of another', season(19, 30), 5, 'season_overlaps'],
    ['lies within another', season(12, 13), 5, 'season_overlaps'],
    ['holds another', season(9, 21), 5, 'season_overlaps'],
  ])('one that %s is refused', (_what, wanted, now_ms, code) => {
    expect(checkSeason(wanted, [season(10, 20)], now_ms)).toMatchObject({ ok: false, code });
  });

  test('each rank wins one prize at most, and ranges that overlap or run backwards are refused', () => {
    const range = (from_rank: number, to_rank: number) => ({ from_rank, to_rank });
    const good = checkPrizes([range(2, 3), range(1, 1)]);
    expect(good).toEqual({ ok: true, value: [range(1, 1), range(2, 3)] });
    expect(prizeOf([range(1, 1), range(2, 3)], 3)).toEqual(range(2, 3));
    expect(prizeOf([range(1, 1)], 2)).toBeNull();
    for (const bad of [[range(1, 2), range(2, 3)], [range(3, 2)]]) {
      expect(checkPrizes(bad)).toMatchObject({ ok: false, code: 'prizes_overlap' });
    }
  });
});
