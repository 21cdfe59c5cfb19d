import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_MINOR, money } from '../money.ts';
import { builtinPolicy } from '../policies/builtin.ts';
import type { Policy } from '../policies/policy.ts';
import { clipToCap } from '../rules/caps.ts';
import { DAY_MS } from '../time.ts';
import type { RewardFacts } from './facts.ts';
import { decideRewards, type RewardMoment } from './rewards.ts';
import type { Benefit, Rule } from './rule.ts';

const FIXED: Benefit = { kind: 'fixed', amount: money(500n, 'USD') };
const RULE: Rule = {
  id: 'r1',
  recipient: 'referrer',
  trigger: { on: 'qualified' },
  benefit: FIXED,
  hold_days: 30,
  expires_days: null,
  cap: null,
  condition: null,
};
const FACTS: RewardFacts = {
  now_ms: 2_000,
  occurred_at_ms: 1_000,
  eventType: 'purchase',
  eventValue: money(12_345n, 'USD'),
  eventProperties: { plan: 'pro', note: 'Ada Lovelace' },
  eventOrdinal: 1,
  qualifiedCount: 5,
  referrerId: 'm1',
  referredId: 'm2',
  daysSinceSignup: 3,
  programLive: true,
  blockedIds: new Set(),
  granted: [],
};

const policyOf = (...rules: Partial<Rule>[]): Policy => ({
  ...builtinPolicy(),
  rules: rules.map((rule) => ({ ...RULE, ...rule })),
});
const decide = (rule: Partial<Rule>, facts: Partial<RewardFacts> = {}, moment: RewardMoment = 'qualified') =>
  decideRewards(policyOf(rule), moment, { ...FACTS, ...facts });
/** The amount granted, "badge" or a code, for one rule. */
const outcome = (...args: Parameters<typeof decide>): string => {
  const [decision] = decide(...args);
  if (decision === undefined) return 'not listed';
  if (!decision.granted) return decision.code;
  return decision.amount === null ? `${decision.kind} ${decision.label}` : decision.amount.minor.toString();
};
const granted = (amount_minor: bigint, count: number) => ({
  granted: [{ ruleId: 'r1', recipientId: 'm1', amount_minor, count }],
});

describe('which rules are asked', () => {
  it('a rule is asked at its own moment only, and is not listed at any other', () => {
    const rules: Partial<Rule>[] = [
      { id: 's', trigger: { on: 'signed_up' } },
      { id: 'q', trigger: { on: 'qualified' } },
      { id: 'n', trigger: { on: 'nth_event', event: 'purchase', from: 1, to: 2 } },
      { id: 'm5', trigger: { on: 'milestone', count: 5 } },
      { id: 'm6', trigger: { on: 'milestone', count: 6 } },
    ];
    const asked = (moment: RewardMoment) =>
      decideRewards(policyOf(...rules), moment, FACTS).map((it) => it.ruleId);
    expect(asked('signed_up')).toEqual(['s']);
    expect(asked('qualified')).toEqual(['q', 'm5']);
    expect(asked('event')).toEqual(['n']);
  });

  it.each([
    [1, 1, 2, true],
    [2, 1, 2, true],
    [3, 1, 2, false],
    [1, 2, null, false],
    [99, 2, null, true],
  ])('event number %i is asked of a rule from %i to %j: %j', (eventOrdinal, from, to, isAsked) => {
    const trigger = { on: 'nth_event', event: 'purchase', from, to } as const;
    expect(decide({ trigger }, { eventOrdinal }, 'event')).toHaveLength(isAsked ? 1 : 0);
    expect(decide({ trigger }, { eventOrdinal, eventType: 'renewal' }, 'event')).toEqual([]);
  });

  it('the recipient is the referrer or the referred member, as the rule says', () => {
    expect(decide({})[0]?.recipientId).toBe('m1');
    expect(decide({ recipient: 'referred' })[0]?.recipientId).toBe('m2');
  });
});

describe('what a rule comes to', () => {
  it('the built-in policy grants what the seed says at the 5th, 6th, 10th, 20th and 21st', () => {
    const at = (qualifiedCount: number) => {
      const [decision] = decideRewards(builtinPolicy(), 'qualified', { ...FACTS, qualifiedCount });
      return decision?.granted ? decision.amount?.minor : decision?.code;
    };
    expect([4, 5, 6, 10, 20, 21].map(at)).toEqual(['zero_amount', 500n, 100n, 600n, 1150n, 1250n]);
  });

  it('a percentage is rounded half to even and held to its cap', () => {
    const benefit = { kind: 'percentage', rate_bp: 1_000, cap: null } as const;
    expect(outcome({ benefit })).toBe('1234');
    expect(outcome({ benefit }, { eventValue: money(12_355n, 'USD') })).toBe('1236');
    expect(outcome({ benefit: { ...benefit, cap: money(1_000n, 'USD') } })).toBe('1000');
  });

  it('a percentage of no value, of too little or of another unit grants nothing and says which', () => {
    const benefit = { kind: 'percentage', rate_bp: 1, cap: null } as const;
    expect(outcome({ benefit }, { eventValue: null })).toBe('zero_amount');
    expect(outcome({ benefit }, { eventValue: money(10n, 'USD') })).toBe('zero_amount');
    expect(outcome({ benefit }, { eventValue: money(10n, 'EUR') })).toBe('rate_missing');
  });

  it('an amount beyond the limit of money is refused', () => {
    const base = money(MAX_MINOR, 'USD');
    const benefit = { kind: 'milestone_rate', base, steps: [{ count: 5, rate_bp: 10_000 }] } as const;
    expect(outcome({ benefit })).toBe('amount_too_large');
  });

  it('a badge and a perk are granted with their label and without an amount', () => {
    expect(outcome({ benefit: { kind: 'badge', label: 'Scout' } })).toBe('badge Scout');
    expect(outcome({ benefit: { kind: 'perk', label: 'Early access' } })).toBe('perk Early access');
  });

  it('a credit matures its hold after the event and expires its days after that', () => {
    const [decision] = decide({ hold_days: 14, expires_days: 365 });
    expect(decision).toMatchObject({
      granted: true,
      matures_at_ms: 1_000 + 14 * DAY_MS,
      expires_at_ms: 1_000 + 379 * DAY_MS,
    });
    expect(decide({ hold_days: 0 })[0]).toMatchObject({ matures_at_ms: 1_000, expires_at_ms: null });
  });
});

describe('what stops a rule', () => {
  it('a program that is not live grants nothing', () => {
    expect(outcome({}, { programLive: false })).toBe('program_not_live');
  });

  it('a condition that does not hold, or cannot be evaluated, grants nothing', () => {
    expect(outcome({ condition: 'event.value > 100' })).toBe('500');
    expect(outcome({ condition: 'event.value > 99999' })).toBe('condition_false');
    expect(outcome({ condition: 'event.properties.coupon == "x"' })).toBe('condition_invalid');
  });

  it('an amount is clipped to what the cap leaves, and refused when it leaves nothing', () => {
    const cap = { amount: money(1_200n, 'USD'), count: null, period_days: 30 };
    expect(outcome({ cap }, granted(500n, 1))).toBe('500');
    expect(outcome({ cap }, granted(1_000n, 2))).toBe('200');
    expect(outcome({ cap }, granted(1_200n, 3))).toBe('cap_reached');
  });

  it('a count that is used up refuses credits and badges alike', () => {
    const cap = { amount: null, count: 2, period_days: null };
    expect(outcome({ cap }, granted(0n, 1))).toBe('500');
    expect(outcome({ cap }, granted(0n, 2))).toBe('cap_reached');
    expect(outcome({ cap, benefit: { kind: 'badge', label: 'Scout' } }, granted(0n, 2))).toBe('cap_reached');
  });

  it('what another recipient or rule has had does not count against a cap', () => {
    const cap = { amount: null, count: 1, period_days: null };
    expect(outcome({ cap, recipient: 'referred' }, granted(0n, 1))).toBe('500');
    expect(outcome({ cap, id: 'r2' }, granted(0n, 1))).toBe('500');
  });

  it('a milestone that was rewarded is not rewarded again when the count reaches it again', () => {
    const trigger = { on: 'milestone', count: 5 } as const;
    expect(outcome({ trigger })).toBe('500');
    expect(outcome({ trigger }, granted(500n, 1))).toBe('cap_reached');
  });

  it('however grants fall, a capped rule never grants more than its cap in all', () => {
    const cap = { amount: money(10_000n, 'USD'), count: null, period_days: null };
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 4_000n }), { maxLength: 12 }), (wanted) => {
        let total_minor = 0n;
        for (const minor of wanted) {
          const result = clipToCap(cap, minor, { amount_minor: total_minor, count: 0 });
          if (result.ok) total_minor += result.value ?? 0n;
        }
        const all_minor = wanted.reduce((sum, minor) => sum + minor, 0n);
        expect(total_minor).toBe(all_minor < 10_000n ? all_minor : 10_000n);
      }),
    );
  });
});

describe('the trace', () => {
  it('names rule, facts and steps up to the refusal, survives JSON, holds no property of the event', () => {
    const cap = { amount: money(1_200n, 'USD'), count: null, period_days: 30 };
    const [decision] = decide({ cap, condition: 'event.value > 100' }, granted(1_200n, 3));
    expect(decision?.trace.steps).toEqual([
      { step: 'program_live', passed: true, result: 'true' },
      { step: 'condition', passed: true, result: 'true' },
      { step: 'amount', passed: true, result: '500' },
      { step: 'cap', passed: false, result: 'cap_reached' },
    ]);
    expect(decision?.trace.rule).toMatchObject({ id: 'r1', cap: { amount: { minor: '1200', unit: 'USD' } } });
    expect(decision?.trace.facts).toMatchObject({ qualified_count: 5, granted_before_minor: '1200' });
    const text = JSON.stringify(decision?.trace);
    expect(JSON.parse(text)).toEqual(decision?.trace);
    expect(text).not.toContain('Ada');
  });

  it('has exactly the stored form', () => {
    const trigger = { on: 'milestone', count: 5 } as const;
    const cap = { amount: money(1_200n, 'USD'), count: null, period_days: null };
    const [decision] = decide({ trigger, cap, condition: 'event.value > 100' });
    expect(decision?.trace).toEqual({
      rule: {
        id: 'r1',
        recipient: 'referrer',
        trigger: { on: 'milestone', count: 5 },
        benefit: { kind: 'fixed', amount: { minor: '500', unit: 'USD' } },
        hold_days: 30,
        expires_days: null,
        cap: { amount: { minor: '1200', unit: 'USD' }, count: null, period_days: null },
        condition: 'event.value > 100',
      },
      facts: {
        event_type: 'purchase',
        event_value: { minor: '12345', unit: 'USD' },
        event_ordinal: 1,
        qualified_count: 5,
        days_since_signup: 3,
        occurred_at_ms: 1_000,
        program_live: true,
        policy_unit: 'USD',
        granted_before_minor: '0',
        granted_before_count: 0,
      },
      steps: [
        { step: 'program_live', passed: true, result: 'true' },
        { step: 'condition', passed: true, result: 'true' },
        { step: 'amount', passed: true, result: '500' },
        { step: 'cap', passed: true, result: '500' },
      ],
    });
  });

  it('has null where a badge has no amount', () => {
    const [decision] = decide({ benefit: { kind: 'badge', label: 'Scout' } });
    expect(decision?.trace.steps.slice(1)).toEqual([
      { step: 'amount', passed: true, result: null },
      { step: 'cap', passed: true, result: null },
    ]);
  });
});
