import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AchievementFacts, CountedAction } from './achievements.ts';
import { isAwardValid } from './award-validity.ts';
import { decideAward, dueAwards } from './due-awards.ts';
import type { AchievementRule } from './policy.ts';
import { achievementProgress } from './progress.ts';

const DAY_MS = 86_400_000;
const T0 = Date.UTC(2026, 2, 1);
const usd = (minor: bigint) => ({ minor, unit: 'USD' });

const byTime = (actions: readonly CountedAction[]) => actions.toSorted((a, b) => a.at_ms - b.at_ms);

/** The awards that follow from actions, which are decided one after the other in the order of their times. */
function play(
  rule: Pick<AchievementRule, 'test' | 'repeatable'>,
  actions: readonly CountedAction[],
  zone = 'UTC',
) {
  const awards: AchievementFacts['awards'][number][] = [];
  byTime(actions).forEach(({ at_ms }, index, all) => {
    const seen = all.slice(0, index + 1);
    const span = decideAward(rule, { at_ms, zone, actions: seen, count: seen.length, awards, taken: false });
    if (span !== null) awards.push(span);
  });
  return awards;
}

const action = (hours: number, minor: bigint | null = null): CountedAction => ({
  at_ms: T0 + hours * 3_600_000,
  value: minor === null ? null : usd(minor),
});

const actions = fc.array(
  fc.record({ hours: fc.integer({ min: 0, max: 24 * 40 }), minor: fc.bigInt({ min: 0n, max: 500n }) }),
  { maxLength: 40 },
);
const toActions = (drawn: readonly { hours: number; minor: bigint }[]) =>
  drawn.map(({ hours, minor }) => action(hours, minor));

test('awards that are decided one by one are those that follow from all actions at once', () => {
  const tests: AchievementRule['test'][] = [
    { kind: 'nth', event: 'it', count: 3 },
    { kind: 'sum', event: 'it', at_least: usd(700n), days: 3 },
    { kind: 'streak', event: 'it', by: 'day', length: 3 },
    { kind: 'streak', event: 'it', by: 'week', length: 2 },
    { kind: 'first', event: 'it', within: 'member' },
  ];
  fc.assert(
    fc.property(actions, fc.constantFrom(...tests), fc.boolean(), (drawn, test, isRepeated) => {
      const rule = { test, repeatable: isRepeated && test.kind !== 'first' };
      const all = toActions(drawn);
      const before = { awards: 0, latest_ms: Number.NEGATIVE_INFINITY, actions: 0 };
      const due = dueAwards(rule, { zone: 'UTC', actions: byTime(all), before });
      expect(play(rule, all)).toEqual(due.map(({ span }) => span));
    }),
  );
});

describe('streaks', () => {
  const test3 = { kind: 'streak', event: 'visit', by: 'day', length: 3 } as const;

  test('repeated streaks share no day, and each holds as many in a row as it must', () => {
    fc.assert(
      fc.property(actions, (drawn) => {
        const all = toActions(drawn);
        const awards = play({ test: test3, repeatable: true }, all).sort((a, b) => a.from_ms - b.from_ms);
        const dayOf = (at_ms: number) => Math.floor(at_ms / DAY_MS);
        awards.forEach((span, index) => {
          expect(dayOf(span.reached_ms) - dayOf(span.from_ms)).toBe(2);
          const facts = { actions: all, count: all.length, place: index + 1, firstCounts: true };
          expect(isAwardValid(test3, span, facts)).toBe(true);
          const before = awards[index - 1];
          if (before !== undefined) expect(dayOf(span.from_ms)).toBeGreaterThan(dayOf(before.reached_ms));
        });
      }),
    );
  });

  test.each([
    ['Europe/Berlin', '2026-03-27T12:00:00Z'],
    ['Europe/Berlin', '2026-10-23T12:00:00Z'],
    ['America/New_York', '2026-03-06T15:00:00Z'],
    ['UTC', '2028-02-27T12:00:00Z'],
  ])('five noons in a row are a streak of five and not of six in %s from %s', (zone, start) => {
    const noons = Array.from({ length: 5 }, (_, day) => ({
      at_ms: Date.parse(start) + day * DAY_MS,
      value: null,
    }));
    const of = (length: number) =>
      play({ test: { ...test3, length }, repeatable: false }, noons, zone).length;
    expect([of(5), of(6)]).toEqual([1, 0]);
  });

  test('many visits on one day are one day, the long one of autumn too', () => {
    const hours = Array.from({ length: 25 }, (_, hour) => ({
      at_ms: Date.parse('2026-10-24T22:00:00Z') + hour * 3_600_000,
      value: null,
    }));
    expect(play({ test: { ...test3, length: 2 }, repeatable: false }, hours, 'Europe/Berlin')).toEqual([]);
  });

  test('weeks in a row are a streak over the turn of a year', () => {
    const weeks = ['2026-12-27', '2026-12-28', '2027-01-04', '2027-01-17'].map((day) => ({
      at_ms: Date.parse(`${day}T12:00:00Z`),
      value: null,
    }));
    const rule = {
      test: { kind: 'streak', event: 'visit', by: 'week', length: 4 } as const,
      repeatable: false,
    };
    expect(play(rule, weeks)).toHaveLength(1);
    expect(play(rule, weeks.slice(1))).toHaveLength(0);
  });
});

describe('sums', () => {
  const sum = { kind: 'sum', event: 'purchase', at_least: usd(1_000n), days: 7 } as const;

  test('it is reached exactly when some stretch of days is worth enough', () => {
    fc.assert(
      fc.property(actions, (drawn) => {
        const all = toActions(drawn);
        const worth = (end_ms: number) =>
          all
            .filter(({ at_ms }) => at_ms <= end_ms && at_ms > end_ms - 7 * DAY_MS)
            .reduce((total, { value }) => total + (value?.minor ?? 0n), 0n);
        const reached = all.some(({ at_ms }) => worth(at_ms) >= 1_000n);
        expect(play({ test: sum, repeatable: false }, all).length).toBe(reached ? 1 : 0);
      }),
    );
  });

  test('what repeats never counts the same value twice', () => {
    fc.assert(
      fc.property(actions, (drawn) => {
        const all = toActions(drawn);
        const awards = play({ test: sum, repeatable: true }, all);
        const total = all.reduce((it, { value }) => it + (value?.minor ?? 0n), 0n);
        expect(BigInt(awards.length) * 1_000n <= total).toBe(true);
      }),
    );
  });

  test('value of another unit counts for nothing', () => {
    const euros = [{ at_ms: T0, value: { minor: 5_000n, unit: 'EUR' } }];
    expect(play({ test: sum, repeatable: false }, euros)).toEqual([]);
  });
});

describe('counts', () => {
  const third = { kind: 'nth', event: 'review', count: 3 } as const;
  const many = (length: number) => Array.from({ length }, (_, index) => action(index));

  test('the nth is earned once, or at each multiple where it repeats', () => {
    fc.assert(
      fc.property(fc.nat(40), (length) => {
        expect(play({ test: third, repeatable: false }, many(length)).length).toBe(length >= 3 ? 1 : 0);
        expect(play({ test: third, repeatable: true }, many(length)).length).toBe(Math.floor(length / 3));
      }),
    );
  });

  test('an award stands as long as its multiple is reached', () => {
    const span = { from_ms: T0, reached_ms: T0, zone: 'UTC' };
    const stands = (count: number, place: number) =>
      isAwardValid(third, span, { actions: [], count, place, firstCounts: true });
    expect([stands(6, 2), stands(5, 2), stands(5, 1), stands(2, 1)]).toEqual([true, false, true, false]);
  });

  test('the first of the program goes to nobody else while it is taken', () => {
    const test = { kind: 'first', event: 'review', within: 'program' } as const;
    const facts = { at_ms: T0, zone: 'UTC', actions: many(1), count: 1, awards: [] };
    const rule = { test, repeatable: false };
    expect(decideAward(rule, { ...facts, taken: true })).toBeNull();
    expect(decideAward(rule, { ...facts, taken: false })).not.toBeNull();
  });
});

describe('progress', () => {
  const facts = (all: readonly CountedAction[], now: number, awards: AchievementFacts['awards'] = []) => ({
    at_ms: T0 + now * 3_600_000,
    zone: 'UTC',
    actions: all,
    count: all.length,
    awards,
  });
  const once = { from_ms: T0, reached_ms: T0, zone: 'UTC' };

  test('it is never more than the target, and is the target once the award stands', () => {
    const tests: AchievementRule['test'][] = [
      { kind: 'nth', event: 'it', count: 3 },
      { kind: 'sum', event: 'it', at_least: usd(700n), days: 7 },
      { kind: 'streak', event: 'it', by: 'day', length: 3 },
      { kind: 'first', event: 'it', within: 'member' },
    ];
    fc.assert(
      fc.property(actions, fc.constantFrom(...tests), fc.boolean(), (drawn, test, repeatable) => {
        const { reached, target } = achievementProgress(
          { test, repeatable },
          facts(toActions(drawn), 24 * 40),
        );
        expect(reached >= 0n && reached <= target).toBe(true);
        const done = achievementProgress(
          { test, repeatable: false },
          facts(toActions(drawn), 24 * 40, [once]),
        );
        expect(done.reached).toBe(done.target);
      }),
    );
  });

  test('a streak that was let lapse begins at nothing, and one of yesterday still counts', () => {
    const test = { kind: 'streak', event: 'it', by: 'day', length: 7 } as const;
    const days = [action(0), action(24), action(48)];
    const at = (hours: number) =>
      achievementProgress({ test, repeatable: false }, facts(days, hours)).reached;
    expect([at(50), at(95), at(96)]).toEqual([3n, 3n, 0n]);
  });
});
