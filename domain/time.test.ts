import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDays,
  BACKDATING_MAX_MS,
  CLOCK_SKEW_MAX_MS,
  checkOccurredAt,
  DAY_MS,
  earlier,
  OCCURRED_AT_MIN_MS,
} from './time.ts';

const now_ms = Date.UTC(2026, 0, 15);

describe('when an event may say it happened', () => {
  test.each([
    ['now', now_ms, false, 'ok'],
    ['five minutes ahead', now_ms + CLOCK_SKEW_MAX_MS, false, 'ok'],
    ['a millisecond more ahead', now_ms + CLOCK_SKEW_MAX_MS + 1, false, 'time_future'],
    ['ahead, with the import scope', now_ms + CLOCK_SKEW_MAX_MS + 1, true, 'time_future'],
    ['a day back', now_ms - BACKDATING_MAX_MS, false, 'ok'],
    ['a millisecond more back', now_ms - BACKDATING_MAX_MS - 1, false, 'backdating_forbidden'],
    ['years back, with the import scope', Date.UTC(1997, 0, 1), true, 'ok'],
    ['the first moment of 1990, with the import scope', OCCURRED_AT_MIN_MS, true, 'ok'],
    ['the last moment of 1989, with the import scope', OCCURRED_AT_MIN_MS - 1, true, 'time_too_old'],
    ['seconds sent as milliseconds', Math.floor(now_ms / 1000), false, 'time_too_old'],
    ['a negative time', -1, true, 'time_too_old'],
  ])('%s', (_name, occurred_at_ms, may_import, expected) => {
    const answer = checkOccurredAt({ occurred_at_ms, now_ms, may_import });
    expect(answer.ok ? 'ok' : answer.code).toBe(expected);
  });

  test('the import scope never turns a yes into a no, and an accepted time is given back as it came', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: now_ms + DAY_MS }), (occurred_at_ms) => {
        const plain = checkOccurredAt({ occurred_at_ms, now_ms, may_import: false });
        if (!plain.ok) return;
        expect(checkOccurredAt({ occurred_at_ms, now_ms, may_import: true })).toEqual({
          ok: true,
          value: occurred_at_ms,
        });
      }),
    );
  });

  test('a time that is not a whole number is a bug of the caller and throws', () => {
    expect(() => checkOccurredAt({ occurred_at_ms: Number.NaN, now_ms, may_import: true })).toThrow(
      RangeError,
    );
    expect(() => checkOccurredAt({ occurred_at_ms: 1.5, now_ms, may_import: true })).toThrow(RangeError);
  });

  test('days are added as lengths of 24 hours', () => {
    expect(addDays(now_ms, 30) - now_ms).toBe(30 * 86_400_000);
  });
});

describe('the earlier of two times', () => {
  test('is the one that comes first, in whatever order they are given, and null is no time', () => {
    const [first, last] = [new Date(1_000), new Date(2_000)];
    for (const [a, b] of [
      [first, last],
      [last, first],
      [first, null],
      [null, first],
    ] as const) {
      expect(earlier(a, b)).toBe(first);
    }
    expect(earlier(5, 4)).toBe(4);
    expect(earlier(null, 0)).toBe(0);
    expect(earlier(null, null)).toBeNull();
  });
});
