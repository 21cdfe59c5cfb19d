import { describe, expect, test } from 'vitest';
import { builtinPolicy } from '../policies/builtin.ts';
import { checkPolicy } from '../policies/check.ts';
import { policyFromJson, policyToJson } from '../policies/json.ts';
import type { AchievementRule, PointRule, PointsPolicy } from './policy.ts';

const usd = (minor: bigint) => ({ minor, unit: 'USD' });

const rule: PointRule = {
  id: 'spend',
  event: 'purchase',
  recipient: 'actor',
  award: { kind: 'per_value', points: 1, per: { minor: 100n, unit: 'EUR' }, rounding: 'down' },
  condition: 'event.ordinal > 0',
  cap: { points: 100, count: 5, period_days: 30 },
  expires_days: 365,
};

const streak: AchievementRule = {
  id: 'week',
  name: 'A week',
  test: { kind: 'streak', event: 'visit', by: 'day', length: 7 },
  benefit: { kind: 'badge', label: 'Week' },
  repeatable: true,
};

const points: PointsPolicy = {
  unit: 'PTS',
  rules: [rule, { ...rule, id: 'welcome', event: 'signup', award: { kind: 'fixed', points: 5 } }],
  levels: [
    { id: 'bronze', name: 'Bronze', from: 0 },
    { id: 'silver', name: 'Silver', from: 100 },
  ],
  achievements: [
    streak,
    {
      ...streak,
      id: 'first',
      test: { kind: 'first', event: 'signup', within: 'program' },
      repeatable: false,
    },
  ],
  budget: null,
};

const checked = (changes: Partial<PointsPolicy>) =>
  checkPolicy({ ...builtinPolicy('USD'), points: { ...points, ...changes } });

describe('the section of points', () => {
  test('a whole one is taken, and is the same after it was stored and read', () => {
    const policy = { ...builtinPolicy('USD'), points };
    expect(checkPolicy(policy)).toEqual({ ok: true, value: policy });
    expect(policyFromJson(policyToJson(policy))).toEqual(policy);
  });

  const level = (from: number) => ({ id: `l${from}`, name: 'A level', from });
  test.each<[string, Partial<PointsPolicy>, string]>([
    ['levels whose thresholds go down', { levels: [level(100), level(50)] }, 'points.levels[1].from'],
    [
      'levels whose thresholds are equal',
      { levels: [level(1), { ...level(1), id: 'x' }] },
      'points.levels[1].from',
    ],
    ['two levels of one id', { levels: [level(1), { ...level(1), from: 2 }] }, 'points.levels[1].id'],
    ['a unit of money', { unit: 'EUR' }, 'points.unit'],
    ['a unit that is none', { unit: 'PTS-X' }, 'points.unit'],
    ['a rule on refunds', { rules: [{ ...rule, event: 'refund' }] }, 'points.rules[0].event'],
    ['a signup by value', { rules: [{ ...rule, event: 'signup' }] }, 'points.rules[0].award'],
    [
      'a value of nothing',
      { rules: [{ ...rule, award: { kind: 'per_value', points: 1, per: usd(0n), rounding: 'down' } }] },
      'points.rules[0].award.per',
    ],
    [
      'no points',
      { rules: [{ ...rule, award: { kind: 'fixed', points: 0 } }] },
      'points.rules[0].award.points',
    ],
    [
      'a cap on nothing',
      { rules: [{ ...rule, cap: { points: null, count: null, period_days: 1 } }] },
      'points.rules[0].cap',
    ],
    ['a colon in an id', { rules: [{ ...rule, id: 'a:b' }] }, 'points.rules[0].id'],
    [
      'a streak of one',
      { achievements: [{ ...streak, test: { ...streak.test, kind: 'streak', by: 'day', length: 1 } }] },
      'points.achievements[0].test.length',
    ],
    [
      'a streak of three years',
      { achievements: [{ ...streak, test: { kind: 'streak', event: 'visit', by: 'week', length: 156 } }] },
      'points.achievements[0].test.length',
    ],
    [
      'a first that repeats',
      { achievements: [{ ...streak, test: { kind: 'first', event: 'visit', within: 'member' } }] },
      'points.achievements[0].test.kind',
    ],
    [
      'credit in another unit',
      { achievements: [{ ...streak, benefit: { kind: 'credit', amount: { minor: 1n, unit: 'EUR' } } }] },
      'points.achievements[0].benefit.amount',
    ],
    [
      'a badge without a name',
      { achievements: [{ ...streak, benefit: { kind: 'badge', label: ' ' } }] },
      'points.achievements[0].benefit.label',
    ],
  ])('%s is refused by its place', (_name, changes, place) => {
    const result = checked(changes);
    expect(result).toMatchObject({ ok: false, code: 'policy_invalid' });
    expect(result.ok ? '' : result.message).toContain(place);
  });

  test('a condition that does not compile is refused as such', () => {
    expect(checked({ rules: [{ ...rule, condition: 'event.nothing' }] })).toMatchObject({
      code: 'condition_invalid',
    });
  });

  test('points in the unit of the policy’s credits take their budget from the policy', () => {
    const policy = { ...builtinPolicy('PTS'), points: { ...points, budget: 5 } };
    expect(checkPolicy(policy)).toMatchObject({ ok: false, code: 'policy_invalid' });
    expect(checkPolicy({ ...policy, points: { ...points, budget: null } })).toMatchObject({ ok: true });
  });
});
