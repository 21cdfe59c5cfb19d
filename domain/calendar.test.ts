import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CalendarWindow, dayBounds, isTimeZone, monthOf, weekOf } from './calendar.ts';
import { DAY_MS } from './time.ts';

const at = (text: string) => Date.parse(text);
const iso = (at_ms: number | null) => (at_ms === null ? null : new Date(at_ms).toISOString());
const shown = ({ key, starts_at_ms, ends_at_ms }: CalendarWindow) => [
  key,
  iso(starts_at_ms),
  iso(ends_at_ms),
];

const ZONES = [
  'America/St_Johns',
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'America/St_Johns',
];

describe('months and weeks of a time zone', () => {
  test.each([
    [
      '2026-11-30T22:59:59.999Z',
      'Europe/Berlin',
      '2026-11',
      '2026-10-31T23:00:00.000Z',
      '2026-11-30T23:00:00.000Z',
    ],
    [
      '2026-11-30T23:00:00.000Z',
      'Europe/Berlin',
      '2026-12',
      '2026-11-30T23:00:00.000Z',
      '2026-12-31T23:00:00.000Z',
    ],
    [
      '2026-03-15T12:00:00.000Z',
      'Europe/Berlin',
      '2026-03',
      '2026-02-28T23:00:00.000Z',
      '2026-03-31T22:00:00.000Z',
    ],
    ['2024-02-29T12:00:00.000Z', 'UTC', '2024-02', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
  ])('%s in %s lies in the month %s', (moment, zone, ...expected) => {
    expect(shown(monthOf(at(moment), zone))).toEqual(expected);
  });

  test.each([
    ['2026-11-24T12:00:00Z', 'UTC', '2026-W48', '2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    // 2027-01-01 is a Friday, whose week has its Thursday in 2026.
    ['2027-01-01T12:00:00Z', 'UTC', '2026-W53', '2026-12-28T00:00:00.000Z', '2027-01-04T00:00:00.000Z'],
    ['2024-12-30T12:00:00Z', 'UTC', '2025-W01', '2024-12-30T00:00:00.000Z', '2025-01-06T00:00:00.000Z'],
    // Clocks go forward on Sunday 2026-03-29: this week has 167 hours.
    [
      '2026-03-29T12:00:00Z',
      'Europe/Berlin',
      '2026-W13',
      '2026-03-22T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ],
    // And back on Sunday 2026-10-25: 169 hours.
    [
      '2026-10-25T12:00:00Z',
      'Europe/Berlin',
      '2026-W43',
      '2026-10-18T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ],
  ])('%s in %s lies in the week %s', (moment, zone, ...expected) => {
    expect(shown(weekOf(at(moment), zone))).toEqual(expected);
  });

  test('a month that begins where clocks jump over midnight begins at the first moment there is', () => {
    // America/Asuncion went from 00:00 to 01:00 on 2017-10-01.
    expect(monthOf(at('2017-10-15T00:00:00Z'), 'America/Asuncion').starts_at_ms).toBe(
      at('2017-10-01T04:00:00Z'),
    );
  });

  test('what clocks show twice over midnight is of the month before until the second midnight', () => {
    // America/St_Johns went from 00:01 back to 23:01 on 2009-11-01.
    const keys = ['2009-11-01T02:30:30Z', '2009-11-01T03:29:59Z', '2009-11-01T03:30:00Z'].map(
      (moment) => monthOf(at(moment), 'America/St_Johns').key,
    );
    expect(keys).toEqual(['2009-10', '2009-10', '2009-11']);
  });

  test('every moment lies in its window, and windows adjoin, whatever the clocks do', () => {
    const moment = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z') });
    fc.assert(
      fc.property(
        moment,
        fc.constantFrom(...ZONES),
        fc.constantFrom(monthOf, weekOf),
        (at_ms, zone, find) => {
          // Another window in between: what is remembered proves nothing.
          const of = (time_ms: number) => {
            find(time_ms - 400 * DAY_MS, zone);
            return find(time_ms, zone);
          };
          const window = of(at_ms);
          expect(find(at_ms, zone)).toEqual(window);
          const [start, end] = [window.starts_at_ms ?? 0, window.ends_at_ms ?? 0];
          expect(start <= at_ms && at_ms < end).toBe(true);
          expect(of(start)).toEqual(window);
          expect(of(end - 1)).toEqual(window);
          expect(of(end).starts_at_ms).toBe(end);
          expect(of(end).key > window.key).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a time zone is known by its name or not at all', () => {
    expect(ZONES.every(isTimeZone)).toBe(true);
    expect(['Mars/Olympus', '', 'Europe/Berlin\0'].some(isTimeZone)).toBe(false);
  });
});

describe('the bounds of a day', () => {
  test.each([
    ['an ordinary day', '2026-06-10T12:00:00Z', '2026-06-09T22:00:00.000Z', '2026-06-10T22:00:00.000Z'],
    ['a day of 23 hours', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['a day of 25 hours', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['a leap day', '2028-02-29T12:00:00Z', '2028-02-28T23:00:00.000Z', '2028-02-29T23:00:00.000Z'],
  ])('in Berlin, of %s', (_, at, starts, ends) => {
    const { starts_at_ms, ends_at_ms } = dayBounds(Date.parse(at), 'Europe/Berlin');
    expect([starts_at_ms, ends_at_ms].map((it) => new Date(it).toISOString())).toEqual([starts, ends]);
  });
});
