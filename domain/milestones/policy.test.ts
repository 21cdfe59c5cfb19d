import { describe, expect, it } from 'vitest';
import { money } from '../money.ts';
import { builtinPolicy } from '../policies/builtin.ts';
import { checkPolicy } from '../policies/check.ts';
import type { Policy } from '../policies/policy.ts';
import type { Milestone } from './policy.ts';

const BADGE = { kind: 'badge', label: 'Connector' } as const;
const CREDIT = { kind: 'fixed', amount: money(500n, 'USD') } as const;
const GOOD: Milestone = {
  id: 'connector',
  name: 'Connector',
  recipient: 'referrer',
  measure: 'qualified_referrals',
  thresholds: [
    { at: 3, benefit: BADGE },
    { at: 10, benefit: CREDIT },
  ],
  repeat: { every: 10 },
  hold_days: 0,
  expires_days: 365,
  reversible: false,
};
const REVENUE: Milestone = {
  ...GOOD,
  measure: 'revenue',
  thresholds: [{ at: money(100_000n, 'EUR'), benefit: CREDIT }],
  repeat: 'once',
};
const POINTS: Milestone = {
  ...GOOD,
  recipient: 'member',
  measure: 'points',
  thresholds: [{ at: money(1_000n, 'PTS'), benefit: CREDIT }],
  repeat: { every: money(500n, 'PTS') },
};

/** The wire allows what the types do not, so bad parts are forced in. */
const withMilestones = (...milestones: readonly object[]): Policy => ({
  ...builtinPolicy('USD'),
  milestones: milestones as readonly Milestone[],
});

const problemOf = (policy: Policy): string => {
  const result = checkPolicy(policy);
  return result.ok ? 'ok' : `${result.code} ${result.message}`;
};

describe('milestones of a policy', () => {
  it('are valid on counts, revenue and points, and a policy may have none', () => {
    expect(problemOf(withMilestones(GOOD, { ...REVENUE, id: 'revenue' }, { ...POINTS, id: 'points' }))).toBe(
      'ok',
    );
    expect(problemOf(withMilestones())).toBe('ok');
    expect(problemOf(builtinPolicy('USD'))).toBe('ok');
  });

  const bad: [string, object, string][] = [
    ['thresholds that go down', { thresholds: [GOOD.thresholds[1], GOOD.thresholds[0]] }, 'thresholds[1].at'],
    [
      'a threshold that stands twice',
      { thresholds: [GOOD.thresholds[0], GOOD.thresholds[0]] },
      'thresholds[1].at',
    ],
    ['no threshold', { thresholds: [] }, 'thresholds'],
    ['a threshold of 0', { thresholds: [{ at: 0, benefit: BADGE }] }, 'thresholds[0].at'],
    ['half a referral', { thresholds: [{ at: 1.5, benefit: BADGE }] }, 'thresholds[0].at'],
    ['a repeat of 0', { repeat: { every: 0 } }, 'repeat.every'],
    ['a malformed id', { id: 'a:b' }, 'id'],
    ['an empty name', { name: ' ' }, 'name'],
    [
      'an empty label',
      { thresholds: [{ at: 3, benefit: { kind: 'perk', label: '' } }] },
      'thresholds[0].benefit.label',
    ],
    ['a hold of less than nothing', { hold_days: -1 }, 'hold_days'],
    ['an expiry of no days', { expires_days: 0 }, 'expires_days'],
    [
      'a reward in another unit than the policy’s',
      { thresholds: [{ at: 3, benefit: { kind: 'fixed', amount: money(1n, 'EUR') } }] },
      'thresholds[0].benefit.amount',
    ],
    ['a count of amounts', { thresholds: REVENUE.thresholds, repeat: 'once' }, 'thresholds[0].at'],
    ['a count of referrals for any member', { recipient: 'member' }, 'recipient'],
  ];
  it.each(bad)('with %s are refused as an invalid policy, with the place', (_what, change, place) => {
    const problem = problemOf(withMilestones({ ...GOOD, ...change }));
    expect(problem).toContain('policy_invalid');
    expect(problem).toContain(`milestones[0].${place}`);
  });

  it.each<[string, object]>([
    ['revenue in numbers', { ...REVENUE, thresholds: GOOD.thresholds }],
    [
      'revenue in an unknown unit',
      { ...REVENUE, thresholds: [{ at: { minor: 1n, unit: 'XXQ' }, benefit: BADGE }] },
    ],
    ['revenue of nothing', { ...REVENUE, thresholds: [{ at: money(0n, 'EUR'), benefit: BADGE }] }],
    ['units that differ', { ...REVENUE, repeat: { every: money(1n, 'USD') } }],
    [
      'points in money',
      { ...POINTS, thresholds: [{ at: money(1n, 'USD'), benefit: BADGE }], repeat: 'once' },
    ],
    ['points for referrers alone', { ...POINTS, recipient: 'referrer' }],
  ])('on %s are refused', (_what, milestone) => {
    expect(problemOf(withMilestones(milestone))).toContain('policy_invalid');
  });

  it('of points never pay in the points that they count', () => {
    const feeding = {
      ...POINTS,
      thresholds: [{ at: money(10n, 'PTS'), benefit: { kind: 'fixed', amount: money(10n, 'PTS') } }],
    };
    const problem = problemOf({ ...builtinPolicy('PTS'), milestones: [feeding as Milestone] });
    expect(problem).toContain('must not be in the unit that the milestone counts');
  });

  it('with one id twice are refused', () => {
    expect(problemOf(withMilestones(GOOD, REVENUE))).toContain('milestones[1].id: must be unique');
  });
});
