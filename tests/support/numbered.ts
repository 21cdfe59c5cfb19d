import fc from 'fast-check';
import type { Policy } from '../../domain/policies/policy.ts';
import type { Rule } from '../../domain/rewards/rule.ts';
import { testRule, usd } from './seed.ts';

const fixed = (minor: bigint) => ({ kind: 'fixed', amount: usd(minor) }) as const;
const percent = (rate_bp: number) => ({ kind: 'percentage', rate_bp, cap: null }) as const;
const purchases = (from: number, to: number | null) =>
  ({ on: 'nth_event', event: 'purchase', from, to }) as const;

/** Rules for the purchase that qualifies, where it has a number. */
const OF_QUALIFYING: readonly Rule[] = [
  testRule({ id: 'as-first', benefit: percent(110), condition: 'event.ordinal == 1' }),
  testRule({ id: 'as-later', benefit: fixed(301n), hold_days: 4, condition: 'event.ordinal > 1' }),
  testRule({
    id: 'as-even',
    recipient: 'referred',
    benefit: fixed(17n),
    condition: 'event.ordinal % 2 == 0',
  }),
];

/** Rules for each purchase that has a number. */
const OF_EACH: readonly Rule[] = [
  testRule({ id: 'two', trigger: purchases(1, null), benefit: fixed(5n), condition: 'event.ordinal <= 2' }),
  testRule({
    id: 'odd',
    trigger: purchases(1, null),
    benefit: percent(90),
    condition: 'event.ordinal % 2 == 1',
    hold_days: 12,
  }),
  testRule({
    id: 'not-third',
    trigger: purchases(2, 4),
    benefit: fixed(29n),
    condition: 'event.ordinal != 3 || event.value >= 2000',
  }),
];

/** What a purchase must be to qualify a referral; null: any. */
const QUALIFYING = [
  null,
  'event.ordinal == 1',
  'event.ordinal == 2',
  'event.ordinal <= 2',
  'event.ordinal % 2 == 1',
  'event.ordinal >= 3 || event.value >= 5000',
] as const;

/** Policies whose conditions ask for an event's number: in rules, for what qualifies, or both. */
export const numberedPolicies = (policy: Policy): fc.Arbitrary<Policy> =>
  fc
    .tuple(
      fc.constantFrom(OF_QUALIFYING, OF_EACH, [...OF_QUALIFYING, ...OF_EACH]),
      fc.constantFrom(...QUALIFYING),
      fc.boolean(),
    )
    .map(([rules, condition, isAlone]) => ({
      ...policy,
      qualification: { ...policy.qualification, condition },
      rules: isAlone ? rules : [...policy.rules, ...rules],
    }));
