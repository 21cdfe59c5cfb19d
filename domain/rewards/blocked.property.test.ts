import fc from 'fast-check';
import { expect, test } from 'vitest';
import { money } from '../money.ts';
import { builtinPolicy } from '../policies/builtin.ts';
import type { RewardFacts } from './facts.ts';
import { decideRewards } from './rewards.ts';
import type { Rule } from './rule.ts';

const anyRule = fc.record({
  recipient: fc.constantFrom('referrer' as const, 'referred' as const),
  benefit: fc.constantFrom(
    { kind: 'fixed' as const, amount: money(500n, 'USD') },
    { kind: 'badge' as const, label: 'star' },
  ),
  hold_days: fc.nat({ max: 60 }),
});
const anyRules = fc.array(anyRule, { maxLength: 6 }).map((some) =>
  some.map(
    (rule, nth): Rule => ({
      ...{ id: `r${nth}`, trigger: { on: 'qualified' }, ...rule },
      ...{ expires_days: null, cap: null, condition: null },
    }),
  ),
);
const FACTS: RewardFacts = {
  ...{ now_ms: 2_000, occurred_at_ms: 1_000, eventType: 'purchase', eventOrdinal: 1, eventProperties: {} },
  ...{ eventValue: money(12_345n, 'USD'), qualifiedCount: 5, daysSinceSignup: 3, programLive: true },
  ...{ referrerId: 'm1', referredId: 'm2', granted: [], blockedIds: new Set() },
};

test('rules grant a blocked member nothing, and whoever is not blocked what they would have had', () => {
  fc.assert(
    fc.property(anyRules, fc.subarray(['m1', 'm2', 'm3']), (rules, blocked) => {
      const policy = { ...builtinPolicy(), rules };
      const before = decideRewards(policy, 'qualified', FACTS);
      const after = decideRewards(policy, 'qualified', { ...FACTS, blockedIds: new Set(blocked) });
      expect(after.length).toBe(before.length);
      after.forEach((decision, nth) => {
        if (!blocked.includes(decision.recipientId)) expect(decision).toEqual(before[nth]);
        else expect(decision).toMatchObject({ granted: false, code: 'member_blocked' });
      });
    }),
  );
});
