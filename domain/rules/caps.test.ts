import fc from 'fast-check';
import { expect, test } from 'vitest';
import { money } from '../money.ts';
import { DAY_MS } from '../time.ts';
import { capStart, clipToCap } from './caps.ts';

const cap = { amount: money(100n, 'PTS'), count: 2, period_days: 7 };

test('a window of N days begins N times 24 hours before the event, without a period never', () => {
  expect(capStart(cap, 10 * DAY_MS + 1)).toBe(3 * DAY_MS + 1);
  expect(capStart({ period_days: null }, 10 * DAY_MS)).toBeNull();
  expect(capStart(null, 10 * DAY_MS)).toBeNull();
});

test('what passes is never more than is wanted, nor more than the room', () => {
  const amount = fc.bigInt({ min: 1n, max: 300n });
  fc.assert(
    fc.property(amount, amount, (wanted_minor, amount_minor) => {
      const result = clipToCap(cap, wanted_minor, { amount_minor, count: 1 });
      const room_minor = 100n - amount_minor;
      if (room_minor <= 0n) expect(result).toMatchObject({ ok: false, code: 'cap_reached' });
      else expect(result).toEqual({ ok: true, value: wanted_minor < room_minor ? wanted_minor : room_minor });
    }),
  );
});

test('a refusal says the limit and its period, points as points and money in its minor units', () => {
  const full = { amount_minor: 100n, count: 0 };
  const sentence = (limits: Parameters<typeof clipToCap>[0], granted = full) => {
    const result = clipToCap(limits, 1n, granted);
    return result.ok ? 'passed' : result.message;
  };
  expect(sentence(cap)).toBe('This rule grants at most 100 points in 7 days.');
  expect(sentence({ ...cap, amount: money(100n, 'USD'), period_days: null })).toBe(
    'This rule grants at most 100 minor units of USD in all.',
  );
  expect(sentence(cap, { amount_minor: 0n, count: 2 })).toBe('This rule grants at most 2 times in 7 days.');
});
