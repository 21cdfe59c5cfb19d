import fc from 'fast-check';
import { expect, test } from 'vitest';
import { money } from '../money.ts';
import { entitlement } from '../rewards/entitlement.ts';
import type { Benefit, Rule, Trigger } from '../rewards/rule.ts';
import { type AgainFacts, judgeAgain } from './again.ts';
import { REFERRAL_STAGES } from './referral.ts';
import { decideRefund } from './refund.ts';

const base = money(1_000n, 'USD');
const steps = [
  { count: 2, rate_bp: 1_000 },
  { count: 4, rate_bp: 2_500 },
];
const rate: Benefit = { kind: 'milestone_rate', base, steps };
const share: Benefit = { kind: 'percentage', rate_bp: 1_500, cap: null };

const ruleOf = (trigger: Trigger, benefit: Benefit, cap: Rule['cap'] = null): Rule => ({
  id: 'r',
  recipient: 'referrer',
  trigger,
  benefit,
  hold_days: 0,
  expires_days: null,
  cap,
  condition: null,
});

const anyTrigger = fc.constantFrom<Trigger>(
  { on: 'signed_up' },
  { on: 'qualified' },
  { on: 'milestone', count: 3 },
  { on: 'nth_event', event: 'purchase', from: 1, to: 3 },
);
const anyMinor = fc.bigInt({ min: 1n, max: 100_000n });

const anyFacts = fc.record({
  amount_minor: anyMinor,
  partOf: fc.constant(null),
  isGranted: fc.boolean(),
  isTakenByHand: fc.boolean(),
  stage: fc.constantFrom(...REFERRAL_STAGES),
  isRecipient: fc.boolean(),
  isBlocked: fc.boolean(),
  action: fc.option(
    fc.record({
      stands: fc.boolean(),
      isQualifying: fc.boolean(),
      value: fc.option(anyMinor.map((minor) => money(minor, 'USD'))),
      refunded_minor: fc.bigInt({ min: 0n, max: 100_000n }),
      ordinal: fc.integer({ min: 1, max: 5 }),
      meetsByNumber: fc.boolean(),
    }),
  ),
  qualifiedCount: fc.nat({ max: 6 }),
  granted: fc.record({ amount_minor: fc.bigInt({ min: 0n, max: 100_000n }), count: fc.nat({ max: 3 }) }),
  entitled_minor: fc.bigInt({ min: 0n, max: 20_000n }),
});
const anyCap = fc.option(fc.record({ amount: anyMinor.map((minor) => money(minor, 'USD')) }));

test('what is granted after all is never more than was refused, nor than the cap has room for', () => {
  fc.assert(
    fc.property(anyTrigger, anyCap, anyFacts, (trigger, cap, facts) => {
      const benefit: Benefit = { kind: 'fixed', amount: money(facts.amount_minor, 'USD') };
      const limits = cap === null ? null : { ...cap, count: null, period_days: null };
      const result = judgeAgain(ruleOf(trigger, benefit, limits), facts);
      if (!result.ok) return;
      const { amount_minor, refunded_minor } = result.value;
      expect(amount_minor).toBeGreaterThan(0n);
      expect(amount_minor).toBeLessThanOrEqual(facts.amount_minor);
      expect(refunded_minor).toBe(0n);
      if (cap !== null) {
        expect(facts.granted.amount_minor + amount_minor).toBeLessThanOrEqual(cap.amount.minor);
      }
    }),
  );
});

test('nothing is granted twice, against an operator, to who is blocked or for a rejected referral', () => {
  fc.assert(
    fc.property(anyTrigger, anyFacts, (trigger, facts) => {
      const result = judgeAgain(ruleOf(trigger, share), facts);
      const { isGranted, isTakenByHand, isBlocked, isRecipient, stage } = facts;
      if (isGranted || isTakenByHand || isBlocked || !isRecipient || stage === 'rejected') {
        expect(result.ok).toBe(false);
      }
    }),
  );
});

const STANDING: AgainFacts = {
  amount_minor: 0n,
  partOf: null,
  isGranted: false,
  isTakenByHand: false,
  stage: 'rewarded',
  isRecipient: true,
  isBlocked: false,
  action: null,
  qualifiedCount: 1,
  granted: { amount_minor: 0n, count: 0 },
  entitled_minor: 0n,
};

test('refunds take of a percentage what they would have taken, had the budget had room', () => {
  fc.assert(
    fc.property(anyMinor, fc.array(anyMinor, { maxLength: 4 }), (value_minor, wanted) => {
      const rule = ruleOf({ on: 'nth_event', event: 'purchase', from: 1, to: null }, share);
      const value = money(value_minor, 'USD');
      const granted_minor = (value_minor * 1_500n) / 10_000n;
      if (granted_minor === 0n) return;
      let refunded_minor = 0n;
      let reversed_minor = 0n;
      for (const refundValue of wanted.map((minor) => money(minor, 'USD'))) {
        const reward = {
          ...{ rewardId: 'w', rule, recipientId: 'm', amount_minor: granted_minor, reversed_minor },
          status: reversed_minor === granted_minor ? ('reversed' as const) : ('available' as const),
        };
        const refund = decideRefund(
          { qualification: { min_value: null }, rules: [rule] },
          {
            ...{ qualifying: false, hasSuccessor: false, referrerId: 'm', qualifiedCount: 1 },
            ...{ eventValue: value, refunded_before_minor: refunded_minor, refundValue },
            ...{ rewards: [reward], milestoneRewards: [], entitled_minor: {} },
          },
        );
        if (!refund.ok) continue;
        refunded_minor += refundValue.minor;
        for (const { amount_minor } of refund.value.reversals) reversed_minor += amount_minor;
      }
      const numbered = { ordinal: 1, meetsByNumber: true };
      const action = { stands: true, isQualifying: false, value, refunded_minor, ...numbered };
      const result = judgeAgain(rule, { ...STANDING, amount_minor: granted_minor, action });
      const kept_minor = result.ok ? result.value.amount_minor - result.value.refunded_minor : 0n;
      expect(kept_minor).toBe(granted_minor - reversed_minor);
    }),
  );
});

test('a milestone rate that was refused here and there adds up to what the count entitles to', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), fc.nat({ max: 3 }), (rooms, lost) => {
      const rule = ruleOf({ on: 'qualified' }, rate);
      const dueAt = (n: number) => entitlement(n, base, steps).minor;
      let entitled_minor = 0n;
      const refused: bigint[] = [];
      for (const [index, hasRoom] of rooms.entries()) {
        const delta_minor = dueAt(index + 1) - dueAt(index);
        if (hasRoom) entitled_minor += delta_minor;
        else if (delta_minor > 0n) refused.push(delta_minor);
      }
      // Some referrals go again; of each the refund takes what is granted above what stays due.
      const count = Math.max(0, rooms.length - lost);
      const due_minor = dueAt(count);
      if (entitled_minor > due_minor) entitled_minor = due_minor;
      for (const amount_minor of refused) {
        const facts = { ...STANDING, amount_minor, qualifiedCount: count, entitled_minor };
        const result = judgeAgain(rule, facts);
        if (result.ok) entitled_minor += result.value.amount_minor;
        expect(entitled_minor).toBeLessThanOrEqual(due_minor);
      }
      expect(entitled_minor).toBe(due_minor);
    }),
  );
});
