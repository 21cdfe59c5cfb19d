import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { money } from '../money.ts';
import { builtinPolicy } from '../policies/builtin.ts';
import type { Policy } from '../policies/policy.ts';
import { must } from '../refusal.ts';
import { entitlement } from '../rewards/entitlement.ts';
import type { Benefit, Rule } from '../rewards/rule.ts';
import { decideRefund, type RefundFacts, type RefundReward } from './refund.ts';

const BUILTIN = builtinPolicy();
const RULE: Rule = {
  id: 'r1',
  recipient: 'referrer',
  trigger: { on: 'qualified' },
  benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
  hold_days: 30,
  expires_days: null,
  cap: null,
  condition: null,
};
const NTH = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;
const FIXED: Benefit = { kind: 'fixed', amount: money(500n, 'USD') };
const REWARD: RefundReward = {
  rewardId: 'w1',
  rule: RULE,
  recipientId: 'm1',
  amount_minor: 1_000n,
  reversed_minor: 0n,
  status: 'held',
};
const FACTS: RefundFacts = {
  qualifying: true,
  hasSuccessor: false,
  eventValue: money(10_000n, 'USD'),
  refunded_before_minor: 0n,
  refundValue: null,
  referrerId: 'm1',
  qualifiedCount: 3,
  rewards: [],
  milestoneRewards: [],
  entitled_minor: {},
};
const policyOf = (rules: readonly Rule[], min: bigint | null = null): Policy => ({
  ...BUILTIN,
  rules,
  qualification: { ...BUILTIN.qualification, min_value: min === null ? null : money(min, 'USD') },
});
const reward = (rule: Partial<Rule>, part: Partial<RefundReward> = {}): RefundReward => ({
  ...REWARD,
  ...part,
  rule: { ...RULE, ...rule },
});
const decide = (facts: Partial<RefundFacts>, min: bigint | null = null) =>
  decideRefund(policyOf([RULE], min), { ...FACTS, ...facts });
const taken = (facts: Partial<RefundFacts>, min: bigint | null = null) =>
  must(decide(facts, min)).reversals.map((it) => [it.rewardId, it.amount_minor]);
const usd = (minor: bigint) => money(minor, 'USD');

describe('a full refund', () => {
  it('takes back all that the event brought, badges with an amount of nothing, not the signup’s', () => {
    const rewards = [
      reward({}, { reversed_minor: 100n }),
      reward({ trigger: NTH, benefit: FIXED }, { rewardId: 'w2', amount_minor: 500n, status: 'available' }),
      reward({ benefit: { kind: 'badge', label: 'Scout' } }, { rewardId: 'w3', amount_minor: 0n }),
      reward({ trigger: { on: 'signed_up' }, benefit: FIXED }, { rewardId: 'w4' }),
      reward({}, { rewardId: 'w5', status: 'reversed' }),
    ];
    const decision = must(decide({ rewards }));
    expect(decision).toMatchObject({ full: true, unqualifies: true });
    expect(decision.reversals.map((it) => [it.rewardId, it.amount_minor, it.held_minor])).toEqual([
      ['w1', 900n, 900n],
      ['w2', 500n, 0n],
      ['w3', 0n, 0n],
    ]);
  });

  it('of an event that did not qualify the referral leaves it qualified', () => {
    const rewards = [reward({ trigger: NTH })];
    expect(decide({ qualifying: false, rewards })).toMatchObject({
      ok: true,
      value: { unqualifies: false, full: true, reversals: [{ rewardId: 'w1', amount_minor: 1_000n }] },
    });
  });

  it('an event without a value is refunded as a whole', () => {
    expect(must(decide({ eventValue: null }))).toMatchObject({ full: true, unqualifies: true });
  });

  it('partial refunds up to the whole value are a full refund', () => {
    expect(must(decide({ refundValue: usd(4_000n), refunded_before_minor: 6_000n })).full).toBe(true);
  });
});

describe('a partial refund', () => {
  it('takes a percentage back in proportion and leaves fixed amounts and badges', () => {
    const rewards = [
      reward({}),
      reward({ benefit: FIXED }, { rewardId: 'w2' }),
      reward({ trigger: NTH, benefit: FIXED }, { rewardId: 'w3' }),
    ];
    expect(taken({ rewards, refundValue: usd(2_500n) })).toEqual([['w1', 250n]]);
  });

  it('unqualifies when less than the minimum is left, not when just the minimum is', () => {
    const rewards = [reward({ benefit: FIXED }), reward({ trigger: NTH }, { rewardId: 'w2' })];
    expect(must(decide({ rewards, refundValue: usd(2_000n) }, 8_000n)).unqualifies).toBe(false);
    expect(must(decide({ rewards, refundValue: usd(2_001n) }, 8_000n))).toMatchObject({
      unqualifies: true,
      full: false,
      reversals: [
        { rewardId: 'w1', amount_minor: 1_000n },
        { rewardId: 'w2', amount_minor: 200n },
      ],
    });
  });

  it('any series of partial refunds adds up to exactly the reward, and never to more on the way', () => {
    const parts = fc.array(fc.bigInt({ min: 1n, max: 10_000n }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(parts, fc.bigInt({ min: 0n, max: 20_000n }), (values, amount_minor) => {
        const eventValue = usd(values.reduce((sum, it) => sum + it, 0n));
        let refunded_before_minor = 0n;
        let reversed_minor = 0n;
        for (const value of values) {
          const rewards = [reward({ trigger: NTH }, { amount_minor, reversed_minor })];
          const refund = {
            eventValue,
            refunded_before_minor,
            refundValue: usd(value),
            rewards,
            qualifying: false,
          };
          reversed_minor += must(decide(refund)).reversals.reduce((sum, it) => sum + it.amount_minor, 0n);
          refunded_before_minor += value;
          expect(reversed_minor <= amount_minor).toBe(true);
        }
        expect(reversed_minor).toBe(amount_minor);
      }),
    );
  });
});

describe('refunds that are refused', () => {
  it.each<[string, Partial<RefundFacts>]>([
    ['amount_zero', { refundValue: usd(0n) }],
    ['amount_negative', { refundValue: usd(-1n) }],
    ['unit_mismatch', { refundValue: money(1n, 'EUR') }],
    ['refund_too_large', { refundValue: usd(10_001n) }],
    ['refund_too_large', { refundValue: usd(5_001n), refunded_before_minor: 5_000n }],
    ['refund_too_large', { refundValue: usd(1n), eventValue: null }],
    ['already_refunded', { refunded_before_minor: 10_000n }],
    ['already_refunded', { refunded_before_minor: 1n, eventValue: null }],
    ['already_refunded', { refunded_before_minor: 10_000n, refundValue: usd(1n) }],
  ])('%s', (code, facts) => {
    expect(decide(facts)).toMatchObject({ ok: false, code });
  });
});

describe('a milestone rate', () => {
  const [rule] = BUILTIN.rules;
  if (rule?.benefit.kind !== 'milestone_rate') throw new Error('the built-in policy has one milestone rate');
  const { base, steps } = rule.benefit;
  const totalAt = (n: number) => entitlement(n, base, steps).minor;
  const lose = (n: number, granted_minor: bigint, rewards: readonly RefundReward[] = []) =>
    must(
      decideRefund(BUILTIN, {
        ...FACTS,
        qualifiedCount: n,
        rewards,
        entitled_minor: { [rule.id]: granted_minor },
      }),
    ).reversals;

  it('takes back the difference at the present count, first from this reward’s hold', () => {
    const own = { ...REWARD, rule, amount_minor: 100n };
    expect(lose(21, totalAt(21), [own])).toEqual([
      { rewardId: 'w1', ruleId: rule.id, recipientId: 'm1', amount_minor: 1_250n, held_minor: 100n },
    ]);
  });

  it('takes back less than this referral earned when the present difference is smaller', () => {
    const own = { ...REWARD, rule, amount_minor: 600n };
    expect(lose(11, totalAt(11), [own])).toMatchObject([{ amount_minor: 150n, held_minor: 150n }]);
  });

  it('takes the difference back from the referrer although this referral itself earned nothing', () => {
    expect(lose(5, totalAt(5))).toEqual([
      { rewardId: null, ruleId: rule.id, recipientId: 'm1', amount_minor: 500n, held_minor: 0n },
    ]);
    expect(lose(4, 0n)).toEqual([]);
  });

  it('does not take back what was never granted', () => {
    expect(lose(6, totalAt(5))).toEqual([]);
    expect(lose(10, totalAt(9) + 200n)).toMatchObject([{ amount_minor: 200n }]);
  });

  it('is left alone while the referral stays qualified', () => {
    const facts = {
      ...FACTS,
      qualifiedCount: 5,
      refundValue: usd(1n),
      entitled_minor: { [rule.id]: 500n },
    };
    expect(must(decideRefund(BUILTIN, facts)).reversals).toEqual([]);
  });

  it('the total granted equals the entitlement at the count, after any series of gains and losses', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 80 }), (gains) => {
        let n = 0;
        let granted_minor = 0n;
        for (const gain of gains) {
          if (gain) {
            n += 1;
            granted_minor += totalAt(n) - totalAt(n - 1);
          } else if (n > 0) {
            granted_minor -= lose(n, granted_minor).reduce((sum, it) => sum + it.amount_minor, 0n);
            n -= 1;
          }
          expect(granted_minor).toBe(totalAt(n));
        }
      }),
    );
  });
});

describe('the reward of a milestone', () => {
  const milestone = reward(
    { trigger: { on: 'milestone', count: 5 }, benefit: FIXED },
    { amount_minor: 500n },
  );

  it('goes back when the count falls below the milestone, whichever referral is lost', () => {
    expect(taken({ qualifiedCount: 5, rewards: [milestone] })).toEqual([['w1', 500n]]);
    expect(taken({ qualifiedCount: 5, milestoneRewards: [milestone] })).toEqual([['w1', 500n]]);
  });

  it('stays when the count is still at the milestone without this referral', () => {
    expect(taken({ qualifiedCount: 6, rewards: [milestone] })).toEqual([]);
    expect(taken({ qualifiedCount: 6, milestoneRewards: [milestone] })).toEqual([]);
  });

  it('stays when the event refunded is not the one that qualified', () => {
    expect(taken({ qualifiedCount: 5, qualifying: false, milestoneRewards: [milestone] })).toEqual([]);
  });
});
