import { expect, test } from 'vitest';
import { createBreathing } from './breathing.ts';

test('work of many items lets others have their turn once its own is over, and not before', async () => {
  let now_ms = 0;
  const breathing = createBreathing(() => now_ms);
  expect(breathing.pause()).toBeNull();
  now_ms = 9;
  expect(breathing.pause()).toBeNull();
  now_ms = 10;
  let others = 0;
  setImmediate(() => {
    others += 1;
  });
  const pause = breathing.pause();
  expect([pause === null, others]).toEqual([false, 0]);
  await pause;
  expect(others).toBe(1);
  expect(breathing.pause()).toBeNull();
});
