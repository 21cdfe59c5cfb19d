import fc from 'fast-check';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { testPolicy, testRule, usd } from './seed.ts';

const fixed = (minor: bigint) => ({ kind: 'fixed', amount: usd(minor) }) as const;
const percent = (rate_bp: number) => ({ kind: 'percentage', rate_bp, cap: null }) as const;
const EACH = { on: 'nth_event', event: 'purchase', from: 1, to: null } as const;

/** Rules for the purchase that qualifies, by how many had qualified before. */
const OF_QUALIFYING: readonly Rule[] = [
  testRule({ id: 'as-first-friend', benefit: percent(130), condition: 'referrer.qualified_count == 1' }),
  testRule({
    id: 'as-later-friend',
    benefit: fixed(211n),
    hold_days: 4,
    condition: 'referrer.qualified_count > 1',
  }),
  testRule({
    id: 'as-even-friend',
    recipient: 'referred',
    benefit: fixed(19n),
    condition: 'referrer.qualified_count % 2 == 0 && event.ordinal == 1',
  }),
];

/** Rules for each purchase, and for the signup. */
const OF_EACH: readonly Rule[] = [
  testRule({ id: 'few', trigger: EACH, benefit: fixed(7n), condition: 'referrer.qualified_count <= 2' }),
  testRule({
    id: 'odd-count',
    trigger: EACH,
    benefit: percent(70),
    condition: '(referrer.qualified_count + event.ordinal) % 2 == 1',
    hold_days: 12,
  }),
  testRule({
    id: 'joins-others',
    trigger: { on: 'signed_up' },
    recipient: 'referred',
    benefit: fixed(23n),
    condition: 'referrer.qualified_count > 0',
  }),
];

/** Rules on a milestone that look at the purchase that is the nth to qualify. */
const OF_NTH: readonly Rule[] = [
  testRule({ id: 'share-of-second', trigger: { on: 'milestone', count: 2 }, benefit: percent(900) }),
  testRule({
    id: 'large-third',
    trigger: { on: 'milestone', count: 3 },
    benefit: fixed(1_300n),
    condition: 'event.value >= 3000',
    hold_days: 3,
  }),
  testRule({
    id: 'early-first',
    trigger: { on: 'milestone', count: 1 },
    benefit: fixed(57n),
    condition: 'event.ordinal == 1',
  }),
];

/** What a purchase must be to qualify a referral; null: any. */
const QUALIFYING = [
  null,
  null,
  'referrer.qualified_count < 2',
  'referrer.qualified_count == 0 || event.value >= 3000',
  'referrer.qualified_count % 2 == 0 || event.ordinal > 1',
  'referrer.qualified_count >= 1 || event.value >= 5000',
] as const;

/** Policies whose conditions ask for the referrer's count: in rules, for what qualifies, or both. */
export const countedPolicies = (policy: Policy): fc.Arbitrary<Policy> =>
  fc
    .tuple(
      fc.subarray([OF_QUALIFYING, OF_EACH, OF_NTH], { minLength: 1 }),
      fc.constantFrom(...QUALIFYING),
      fc.boolean(),
    )
    .map(([rules, condition, isAlone]) => ({
      ...policy,
      qualification: { ...policy.qualification, condition },
      rules: isAlone ? rules.flat() : [...policy.rules, ...rules.flat()],
    }));

/** The first friend brings 3.00, the second a tenth of what they bought. */
export const firstAndSecond = testPolicy({
  earning_days: 60,
  rules: [
    testRule({
      id: 'first',
      benefit: { kind: 'fixed', amount: usd(300n) },
      condition: 'referrer.qualified_count == 1',
    }),
    testRule({
      id: 'second',
      trigger: { on: 'milestone', count: 2 },
      benefit: { kind: 'percentage', rate_bp: 1_000, cap: null },
    }),
  ],
});
