import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keptFrom } from './months.ts';

const at = (text: string) => Date.parse(text);

test.each([
  ['2026-11-30T12:00:00Z', 1, '2026-10-01T00:00:00Z'],
  ['2026-03-31T23:59:59Z', 1, '2026-02-01T00:00:00Z'],
  ['2026-01-01T00:00:00Z', 13, '2024-12-01T00:00:00Z'],
])('at %s, what %i months keep begins at %s', (now, months, from) => {
  expect(keptFrom(at(now), months, null)).toBe(at(from));
});

test('never less is kept than the months say and what is needed, and at most a month more', () => {
  const times = fc.date({
    min: new Date('2000-01-01T00:00:00Z'),
    max: new Date('2100-01-01T00:00:00Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 120 }), fc.option(times), (now, months, needed) => {
      const from = new Date(keptFrom(now.getTime(), months, needed?.getTime() ?? null));
      const whole = new Date(keptFrom(now.getTime(), months, null));
      expect(from.getTime()).toBe(Math.min(whole.getTime(), needed?.getTime() ?? Number.POSITIVE_INFINITY));
      const monthsOf = (date: Date) => date.getUTCFullYear() * 12 + date.getUTCMonth();
      expect(monthsOf(now) - monthsOf(whole)).toBe(months);
      expect(whole.toISOString()).toMatch(/-01T00:00:00\.000Z$/);
    }),
  );
});
