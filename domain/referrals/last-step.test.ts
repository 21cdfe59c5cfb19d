import { expect, test } from 'vitest';
import { takeLastStep } from './last-step.ts';

const reward = (nth: number | null, amount_minor: bigint, reversed_minor = 0n) => ({
  nth,
  amount_minor,
  reversed_minor,
});

const taken = (...args: Parameters<typeof takeLastStep>) => {
  const { parts, rest_minor } = takeLastStep(...args);
  return [...parts.map(({ reward: { nth }, part_minor }) => [nth, part_minor]), ['rest', rest_minor]];
};

test('what the nth brought goes back, and none of what earlier ones did', () => {
  expect(taken([reward(5, 500n), reward(21, 1_250n), reward(20, 1_150n)], 21, 1_250n)).toEqual([
    [21, 1_250n],
    ['rest', 0n],
  ]);
});

test('no more is taken of a reward than is left of it, and the rest is for the caller', () => {
  expect(taken([reward(6, 100n, 40n), reward(null, 100n)], 6, 100n)).toEqual([
    [6, 60n],
    ['rest', 40n],
  ]);
  expect(taken([reward(7, 100n), reward(6, 100n)], 6, 150n)).toEqual([
    [7, 100n],
    [6, 50n],
    ['rest', 0n],
  ]);
});
