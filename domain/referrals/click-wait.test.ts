import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { DAY_MS, HOUR_MS } from '../time.ts';
import { CLICK_WAIT_MAX_MS, clickWaitLeft_ms } from './click-wait.ts';

const NOW = Date.UTC(2026, 4, 1);
const signup = { clickId: newId(NOW - 2_000), occurred_at_ms: NOW, received_at_ms: NOW };

it('a signup waits for a recent click until a minute after it came', () => {
  expect(clickWaitLeft_ms(signup, NOW)).toBe(60_000);
  expect(clickWaitLeft_ms(signup, NOW + 59_999)).toBe(1);
  expect(clickWaitLeft_ms(signup, NOW + 60_000)).toBe(0);
  expect(clickWaitLeft_ms({ ...signup, clickId: signup.clickId.toUpperCase() }, NOW)).toBe(60_000);
});

it('a click of the same millisecond may have brought the signup, a later one may not', () => {
  expect(clickWaitLeft_ms({ ...signup, clickId: newId(NOW) }, NOW)).toBe(60_000);
  expect(clickWaitLeft_ms({ ...signup, clickId: newId(NOW + 1) }, NOW)).toBe(0);
});

it('nobody waits for a click of before yesterday, for history, or for an id of another form', () => {
  expect(clickWaitLeft_ms({ ...signup, clickId: newId(NOW - DAY_MS) }, NOW)).toBe(60_000);
  expect(clickWaitLeft_ms({ ...signup, clickId: newId(NOW - DAY_MS - 1) }, NOW)).toBe(0);
  const history = { ...signup, clickId: newId(NOW - 2 * HOUR_MS), occurred_at_ms: NOW - HOUR_MS };
  expect(clickWaitLeft_ms(history, NOW)).toBe(60_000);
  expect(clickWaitLeft_ms({ ...history, occurred_at_ms: NOW - HOUR_MS - 1 }, NOW)).toBe(0);
  expect(clickWaitLeft_ms({ ...signup, clickId: crypto.randomUUID() }, NOW)).toBe(0);
  expect(clickWaitLeft_ms({ ...signup, clickId: '' }, NOW)).toBe(0);
});

it('whatever id a signup names and however it is dated, it waits no longer than a minute', () => {
  const time = fc.integer({ min: 0, max: 2 * NOW });
  fc.assert(
    fc.property(fc.oneof(fc.uuid(), fc.string(), time.map(newId)), time, time, time, (clickId, a, b, now) => {
      const left = clickWaitLeft_ms({ clickId, occurred_at_ms: a, received_at_ms: b }, now);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(now + left).toBeLessThanOrEqual(Math.max(now, b + CLICK_WAIT_MAX_MS));
    }),
  );
});
