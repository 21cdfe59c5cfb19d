import { expect, test } from 'vitest';
import { type AwardFact, decideMilestones } from './milestones.ts';
import type { Milestone } from './policy.ts';
import { nextMilestoneTask } from './task.ts';

const milestone: Milestone = {
  id: 'friends',
  name: 'Friends',
  recipient: 'referrer',
  measure: 'qualified_referrals',
  thresholds: [1, 2, 3].map((at) => ({ at, benefit: { kind: 'badge', label: `${at}` } })),
  repeat: 'once',
  hold_days: 0,
  expires_days: null,
  reversible: true,
};

const award = (step: number, status: AwardFact['status'] = 'awarded') => ({
  id: `a${step}`,
  milestoneId: 'friends',
  step: `${step}`,
  at: BigInt(step),
  unit: null,
  nth: 1,
  status,
});

function taskFor(count: number, awards: readonly ReturnType<typeof award>[], triedIds: string[] = []) {
  const facts = { qualified_referrals: count, revenue: {}, points: {} };
  return nextMilestoneTask(decideMilestones([milestone], facts, awards), awards, new Set(triedIds));
}

test('what is no longer reached is taken back before grants, as it makes room in the budget', () => {
  const [first, second, third] = [award(1, 'waiting'), award(2), award(3)];
  expect(taskFor(2, [first, second, third])).toEqual({ kind: 'take_back', award: third });
});

test('what waits for the budget is tried before new awards, and once', () => {
  const waiting = award(1, 'waiting');
  expect(taskFor(2, [waiting])).toEqual({ kind: 'try_again', award: waiting });
  expect(taskFor(2, [waiting], ['a1'])).toMatchObject({ kind: 'award', decision: { step: '2', nth: 1 } });
});

test('new awards come with the lowest threshold first, until nothing is left to do', () => {
  expect(taskFor(3, [award(1)])).toMatchObject({ kind: 'award', decision: { step: '2' } });
  expect(taskFor(3, [award(1), award(2), award(3)])).toBeNull();
});
