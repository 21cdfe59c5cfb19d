import { expect, test } from 'vitest';
import { capacityOf } from './capacity.ts';

const UNSET = { WORKER_CONCURRENCY: undefined, PUMP_BATCH: undefined };

test.each([
  [0.1, { tasks_max: 10, parcels_max: 2, members_max: 2, referrals_max: 2, shared_max: 2 }],
  [0.5, { tasks_max: 25, parcels_max: 3, members_max: 2, referrals_max: 2, shared_max: 2 }],
  [2, { tasks_max: 100, parcels_max: 12, members_max: 4, referrals_max: 6, shared_max: 2 }],
  [16, { tasks_max: 800, parcels_max: 96, members_max: 32, referrals_max: 48, shared_max: 16 }],
])('a worker with %s cores takes on what they can bear', (cpus, capacity) => {
  expect(capacityOf(UNSET, cpus)).toEqual(capacity);
});

test('the configuration has the last word on what a worker takes on', () => {
  const set = { WORKER_CONCURRENCY: 7, PUMP_BATCH: 3 };
  const kept = { members_max: 3, referrals_max: 3 };
  expect(capacityOf(set, 64)).toEqual({ tasks_max: 7, parcels_max: 3, ...kept, shared_max: 3 });
});
