import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { liveRun, periodOf, runAround } from './streak.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (text: string) => Date.parse(text);

describe('days and weeks that count as one', () => {
  test.each([
    ['the day on which clocks go forward, of 23 hours', 'Europe/Berlin', '2026-03-28T23:00:00Z', 23],
    ['the day on which clocks go back, of 25 hours', 'Europe/Berlin', '2026-10-24T22:00:00Z', 25],
    ['a leap day', 'Europe/Berlin', '2028-02-28T23:00:00Z', 24],
    ['the day on which a half hour is skipped', 'Australia/Lord_Howe', '2026-10-03T13:30:00Z', 23.5],
  ])('%s is one day, and its neighbours are the days before and after', (_name, zone, start, hours) => {
    const first = at(start);
    const last = first + hours * HOUR_MS - 1;
    const day = periodOf(first, zone, 'day');
    expect([first - 1, last, last + 1].map((time) => periodOf(time, zone, 'day') - day)).toEqual([-1, 0, 1]);
  });

  test.each([
    ['spring', '2026-03-29', 1],
    ['autumn', '2026-10-25', 1],
    ['leap day', '2028-02-29', 1],
  ])('noon after noon is a day later, in %s too', (_name, day, by) => {
    const noon = at(`${day}T11:00:00Z`);
    expect(periodOf(noon + DAY_MS, 'Europe/Berlin', 'day') - periodOf(noon, 'Europe/Berlin', 'day')).toBe(by);
    expect(periodOf(noon, 'Europe/Berlin', 'day') - periodOf(noon - DAY_MS, 'Europe/Berlin', 'day')).toBe(by);
  });

  test('a week begins on Monday by the member’s clock, and follows week 53 over the year’s end', () => {
    const sunday = at('2027-01-03T22:59:59Z');
    const monday = at('2027-01-03T23:00:00Z');
    expect(periodOf(monday, 'Europe/Berlin', 'week') - periodOf(sunday, 'Europe/Berlin', 'week')).toBe(1);
    expect(periodOf(0, 'UTC', 'week')).toBe(0);
  });

  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Pacific/Kiritimati',
    'Africa/Cairo',
    'Asia/Kolkata',
  );
  const moment = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });

  test('local noons of days in a row are periods in a row, over years', () => {
    fc.assert(
      fc.property(zone, moment, (name, start) => {
        const noonOf = (day: number) => day * DAY_MS + DAY_MS / 2;
        const first = periodOf(start, name, 'day');
        // The moment whose local noon it is lies within 14 hours of that noon in UTC.
        for (let day = first; day < first + 5; day++) {
          const near = [-14, -7, 0, 7, 12].map((hours) =>
            periodOf(noonOf(day) + hours * HOUR_MS, name, 'day'),
          );
          expect(near).toContain(day);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('seven days make a week in any zone: its number never runs back', () => {
    fc.assert(
      fc.property(zone, moment, (name, start) => {
        const day = periodOf(start, name, 'day');
        expect(periodOf(start, name, 'week')).toBe(Math.floor((day + 3) / 7));
      }),
      { numRuns: 200 },
    );
  });
});

describe('runs', () => {
  const periods = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 });

  test('a run is whole: it holds its period, all within it are there, and its neighbours are not', () => {
    fc.assert(
      fc.property(periods, fc.nat(), (seen, pick) => {
        const period = seen[pick % seen.length] ?? 0;
        const { first, last } = runAround(seen, period);
        expect(first <= period && period <= last).toBe(true);
        for (let it = first; it <= last; it++) expect(seen).toContain(it);
        expect(seen).not.toContain(first - 1);
        expect(seen).not.toContain(last + 1);
      }),
    );
  });

  test('order and repetition change nothing', () => {
    fc.assert(
      fc.property(periods, (seen) => {
        const period = seen[0] ?? 0;
        expect(runAround([...seen, ...seen].reverse(), period)).toEqual(runAround(seen, period));
      }),
    );
  });

  test('a run lives through the period after its last, and no longer', () => {
    expect([4, 5, 6, 7, 8].map((now) => liveRun([3, 4, 5, 6], now))).toEqual([2, 3, 4, 4, 0]);
  });
});
