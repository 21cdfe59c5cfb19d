import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../time.ts';
import { isQuiet, type QuietHours, quietUntil } from './quiet-hours.ts';

const NIGHT: QuietHours = { from: '22:00', to: '08:00' };
const at = (text: string) => Date.parse(text);
const until = (text: string, quiet: QuietHours | null, zone: string) =>
  new Date(quietUntil(at(text), quiet, zone)).toISOString();

describe('quiet hours', () => {
  it.each([
    ['a moment of the day is left as it is', '2026-06-10T12:34:56.789Z', '2026-06-10T12:34:56.789Z'],
    ['the evening waits for the next morning', '2026-06-10T20:00:00.000Z', '2026-06-11T06:00:00.000Z'],
    ['the early hours wait for the same morning', '2026-06-10T03:30:00.000Z', '2026-06-10T06:00:00.000Z'],
    ['the last moment before the end waits for it', '2026-06-10T05:59:59.999Z', '2026-06-10T06:00:00.000Z'],
    ['the end itself is not quiet', '2026-06-10T06:00:00.000Z', '2026-06-10T06:00:00.000Z'],
    [
      'a night of 23 hours’ day ends by the new clocks',
      '2026-03-28T22:00:00.000Z',
      '2026-03-29T06:00:00.000Z',
    ],
    [
      'a night of 25 hours’ day ends by the new clocks',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T07:00:00.000Z',
    ],
  ])('in Berlin from 22:00 to 08:00: %s', (_, from, expected) => {
    expect(until(from, NIGHT, 'Europe/Berlin')).toBe(expected);
  });

  it('an end that clocks jump over is the moment of the jump', () => {
    // 02:00 becomes 03:00 at 01:00 UTC.
    expect(until('2026-03-29T00:15:00.000Z', { from: '00:00', to: '02:30' }, 'Europe/Berlin')).toBe(
      '2026-03-29T01:00:00.000Z',
    );
  });

  it('an end that clocks show twice ends the night the first time, and the next one is quiet too', () => {
    const quiet = { from: '00:00', to: '02:30' };
    expect(until('2026-10-24T23:00:00.000Z', quiet, 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(until('2026-10-25T01:10:00.000Z', quiet, 'Europe/Berlin')).toBe('2026-10-25T01:30:00.000Z');
  });

  it('zones with quarters of an hour and of the other side of the date line end by their own clocks', () => {
    expect(until('2026-06-10T16:30:00.000Z', NIGHT, 'Asia/Kathmandu')).toBe('2026-06-11T02:15:00.000Z');
    expect(until('2026-06-10T10:00:00.000Z', NIGHT, 'Pacific/Kiritimati')).toBe('2026-06-10T18:00:00.000Z');
  });

  it('without quiet hours every moment is as good as any', () => {
    expect(until('2026-06-10T01:00:00.000Z', null, 'Europe/Berlin')).toBe('2026-06-10T01:00:00.000Z');
  });

  const clock = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Africa/Cairo',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'America/Sao_Paulo',
  );
  const moment = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2035, 0, 1) });

  it('in any zone, the moment given is not quiet, and every minute before it is', () => {
    fc.assert(
      fc.property(clock, clock, zone, moment, (from, to, where, at_ms) => {
        fc.pre(from !== to);
        const quiet = { from, to };
        const end_ms = quietUntil(at_ms, quiet, where);
        expect(isQuiet(end_ms, quiet, where)).toBe(false);
        expect(end_ms - at_ms).toBeLessThan(2 * DAY_MS);
        for (let before = end_ms - 1; before >= at_ms; before -= 7 * MINUTE_MS) {
          expect(isQuiet(before, quiet, where)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
