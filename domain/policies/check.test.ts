import { describe, expect, it } from 'vitest';
import { money } from '../money.ts';
import { FRAUD_SIGNALS } from '../referrals/fraud-signal.ts';
import type { Rule } from '../rewards/rule.ts';
import { builtinPolicy } from './builtin.ts';
import { checkPolicy } from './check.ts';
import type { Policy } from './policy.ts';

const GOOD = builtinPolicy();
const FIXED: Rule = {
  id: 'welcome',
  recipient: 'referred',
  trigger: { on: 'qualified' },
  benefit: { kind: 'fixed', amount: money(500n, 'USD') },
  hold_days: 0,
  expires_days: 365,
  cap: { amount: money(5_000n, 'USD'), count: 10, period_days: 30 },
  condition: 'event.value >= 1000',
};
const withRule = (rule: Partial<Rule>): Policy => ({ ...GOOD, rules: [{ ...FIXED, ...rule }] });
const withSteps = (steps: readonly (readonly [number, number])[]): Policy =>
  withRule({
    recipient: 'referrer',
    cap: null,
    condition: null,
    benefit: {
      kind: 'milestone_rate',
      base: money(1_000n, 'USD'),
      steps: steps.map(([count, rate_bp]) => ({ count, rate_bp })),
    },
  });
const codeOf = (policy: Policy): string => {
  const result = checkPolicy(policy);
  return result.ok ? 'ok' : result.code;
};

describe('good policies', () => {
  it.each([['USD'], ['JPY'], ['KWD'], ['PTS'], ['PTS_GOLD']])(
    'the built-in policy in %s is valid',
    (unit) => {
      const policy = builtinPolicy(unit);
      expect(checkPolicy(policy)).toEqual({ ok: true, value: policy });
    },
  );

  it('the built-in policy weighs every fraud signal', () => {
    expect(Object.keys(GOOD.fraud.weights).sort()).toEqual([...FRAUD_SIGNALS].sort());
  });

  const good: [string, Policy][] = [
    ['a fixed rule with cap, expiry and condition', withRule({})],
    [
      'steps that rise in count at the same rate',
      withSteps([
        [5, 100],
        [6, 100],
      ]),
    ],
    ['a single nth event', withRule({ trigger: { on: 'nth_event', event: 'renewal', from: 3, to: 3 } })],
    [
      'an operator for every redemption',
      { ...GOOD, redemption: { ...GOOD.redemption, auto_approve_max: money(0n, 'USD') } },
    ],
    ['a budget larger than any one amount', { ...GOOD, budget: money(5n * 10n ** 15n, 'USD') }],
    ['review and denial at the same score', { ...GOOD, fraud: { ...GOOD.fraud, review_at: 100 } }],
  ];
  it.each(good)('%s is accepted', (_name, policy) => {
    expect(checkPolicy(policy)).toEqual({ ok: true, value: policy });
  });
});

const percentage = (rate_bp: number): Rule['benefit'] => ({ kind: 'percentage', rate_bp, cap: null });
const qualification = (part: Partial<Policy['qualification']>): Policy => ({
  ...GOOD,
  qualification: { ...GOOD.qualification, ...part },
});
const redemption = (part: Partial<Policy['redemption']>): Policy => ({
  ...GOOD,
  redemption: { ...GOOD.redemption, ...part },
});
const fraud = (part: Partial<Policy['fraud']>): Policy => ({ ...GOOD, fraud: { ...GOOD.fraud, ...part } });
const nth = (from: number, to: number | null, event = 'purchase'): Policy =>
  withRule({ trigger: { on: 'nth_event', event, from, to } });

describe('bad policies', () => {
  const bad: [string, Policy][] = [
    ['an unknown unit', { ...GOOD, unit: 'XYZ' }],
    ['no rules', { ...GOOD, rules: [] }],
    ['51 rules', { ...GOOD, rules: Array.from({ length: 51 }, (_, i) => ({ ...FIXED, id: `r${i}` })) }],
    ['two rules of one id', { ...GOOD, rules: [FIXED, FIXED] }],
    ['a colon in a rule id', withRule({ id: 'a:b' })],
    [
      'a threshold that goes down',
      withSteps([
        [10, 100],
        [5, 200],
      ]),
    ],
    [
      'a threshold twice',
      withSteps([
        [5, 100],
        [5, 200],
      ]),
    ],
    [
      'a rate that falls',
      withSteps([
        [5, 200],
        [10, 100],
      ]),
    ],
    ['a rate above the whole', withSteps([[5, 10_001]])],
    ['no steps', withSteps([])],
    ['51 steps', withSteps(Array.from({ length: 51 }, (_, i) => [i + 1, 100] as const))],
    ['another unit in a rule', withRule({ benefit: { kind: 'fixed', amount: money(1n, 'EUR') } })],
    ['an amount of nothing', withRule({ benefit: { kind: 'fixed', amount: money(0n, 'USD') } })],
    ['an enormous amount', withRule({ benefit: { kind: 'fixed', amount: money(10n ** 16n, 'USD') } })],
    ['a percentage of 0', withRule({ benefit: percentage(0) })],
    ['a percentage above the whole', withRule({ benefit: percentage(10_001) })],
    ['a percentage between two basis points', withRule({ benefit: percentage(1.5) })],
    ['a percentage of a signup', withRule({ benefit: percentage(100), trigger: { on: 'signed_up' } })],
    ['a label of spaces', withRule({ benefit: { kind: 'badge', label: '  ' }, cap: null })],
    ['a badge with a cap on its amount', withRule({ benefit: { kind: 'badge', label: 'Scout' } })],
    ['a hold below nothing', withRule({ hold_days: -1 })],
    ['a hold above ten years', withRule({ hold_days: 3_651 })],
    ['a hold that is not a number', withRule({ hold_days: Number.NaN })],
    ['an expiry at maturity', withRule({ expires_days: 0 })],
    ['a cap of nothing in particular', withRule({ cap: { amount: null, count: null, period_days: 1 } })],
    ['a milestone for the referred', withRule({ trigger: { on: 'milestone', count: 5 }, cap: null })],
    [
      'a milestone rate at another moment',
      { ...GOOD, rules: GOOD.rules.map((rule) => ({ ...rule, trigger: { on: 'signed_up' } as const })) },
    ],
    [
      'a milestone rate with a cap',
      { ...GOOD, rules: GOOD.rules.map((rule) => ({ ...rule, cap: FIXED.cap })) },
    ],
    [
      'a milestone rate with a condition',
      { ...GOOD, rules: GOOD.rules.map((rule) => ({ ...rule, condition: 'true' })) },
    ],
    ['an nth event from after its end', nth(3, 2)],
    ['an nth event from zero', nth(0, null)],
    ['an nth event that is a signup', nth(1, null, 'signup')],
    ['a qualification by refund', qualification({ event: 'refund' })],
    ['a command as qualification', qualification({ event: 'review.approved' })],
    ['a minimum in another unit', qualification({ min_value: money(1n, 'EUR') })],
    ['a window above ten years', qualification({ within_days: 3_651 })],
    ['a review above denial', fraud({ review_at: 101 })],
    ['a weight of an unknown signal', fraud({ weights: { same_emial: 100 } })],
    ['a weight below nothing', fraud({ weights: { same_email: -1 } })],
    ['a limit of no signups', fraud({ signups_per_hour_max: 0 })],
    ['a budget in another unit', { ...GOOD, budget: money(1n, 'EUR') }],
    ['a budget beyond the ledger', { ...GOOD, budget: money(10n ** 19n, 'USD') }],
    ['a minimum above what is approved by itself', redemption({ min: money(10_001n, 'USD') })],
    ['no method', redemption({ methods: [] })],
    ['a method twice', redemption({ methods: ['manual', 'manual'] })],
  ];
  it.each(bad)('%s is refused as policy_invalid', (_name, policy) => {
    expect(codeOf(policy)).toBe('policy_invalid');
  });

  it('a condition that does not compile is refused as condition_invalid, wherever it stands', () => {
    expect(codeOf(withRule({ condition: 'event.vlaue > 1' }))).toBe('condition_invalid');
    expect(codeOf(qualification({ condition: '1 +' }))).toBe('condition_invalid');
  });

  it('the message names each problem with its place', () => {
    const result = checkPolicy({ ...withRule({ hold_days: -1 }), refund_days: -1 });
    expect(result.ok ? '' : result.message).toMatch(/refund_days: must be .*rules\[0\]\.hold_days: must be /);
  });
});
