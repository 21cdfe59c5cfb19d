import { expect, test } from 'vitest';
import { type Lifetimes, lifetimeKey, moveLifetimes } from './lifetime.ts';

const LEVELLED = {
  unit: 'PTS',
  levels: [
    { id: 'bronze', name: 'Bronze', from: 20 },
    { id: 'silver', name: 'Silver', from: 50 },
  ],
};
const NOBODY: Lifetimes = new Map();

const move = (amount_minor: bigint, memberId = 'ann', unit = 'PTS') => ({ memberId, unit, amount_minor });
const ann = (lifetimes: Lifetimes) => lifetimes.get(lifetimeKey({ memberId: 'ann', unit: 'PTS' }));

test('a level is tested once for all that an event moves, and again for the next event', () => {
  const first = moveLifetimes(NOBODY, LEVELLED, [move(10n), move(45n), move(-20n)]);
  expect(first.changes.map(({ change }) => change.to)).toEqual(['bronze']);
  const second = moveLifetimes(first.lifetimes, LEVELLED, [move(20n)]);
  expect(second.changes.map(({ change }) => [change.from, change.to])).toEqual([['bronze', 'silver']]);
  expect(ann(second.lifetimes)).toMatchObject({ lifetime_minor: 55n, levelId: 'silver', level_changes: 2 });
});

test('lifetime points never fall below zero, and the level falls with them', () => {
  const { lifetimes } = moveLifetimes(NOBODY, LEVELLED, [move(30n)]);
  const fallen = moveLifetimes(lifetimes, LEVELLED, [move(-40n)]);
  expect(fallen.changes.map(({ change }) => change.kind)).toEqual(['fell']);
  expect(ann(fallen.lifetimes)).toMatchObject({ lifetime_minor: 0n, levelId: null });
});

test('a unit that the policy gave up adds up and has no levels', () => {
  const { lifetimes, changes } = moveLifetimes(NOBODY, LEVELLED, [move(90n, 'ann', 'PTS_OLD')]);
  expect(changes).toEqual([]);
  expect([...lifetimes.values()]).toMatchObject([{ unit: 'PTS_OLD', lifetime_minor: 90n }]);
});

test('members of one event rise in the order of their ids', () => {
  const { changes } = moveLifetimes(NOBODY, LEVELLED, [move(20n, 'ben'), move(60n, 'ann')]);
  expect(changes.map(({ points, change }) => [points.memberId, change.to])).toEqual([
    ['ann', 'silver'],
    ['ben', 'bronze'],
  ]);
});
