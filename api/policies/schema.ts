import { z } from 'zod';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { CATALOGUE_KINDS } from '../../domain/redemptions/methods.ts';
import { milestonesSchema } from '../milestones/schema.ts';
import { noticesSchema } from '../notices/schema.ts';
import { pointsSchema } from '../points/schema.ts';
import { badgeInput, fixedInput, perkInput } from '../rewards/schema.ts';
import { surveysSchema } from '../surveys/schema.ts';
import { moneyInput as money, unitCode } from '../trpc/schemas.ts';

const days = z.number().int().min(0).max(100_000);
const count = z.number().int().min(0).max(1_000_000_000);
const basisPoints = z
  .number()
  .int()
  .min(0)
  .max(1_000_000_000)
  .meta({ description: '10,000 are 100 %.', examples: [500] });
const word = z.string().min(1).max(64);
const condition = z
  .string()
  .min(1)
  .max(1_000)
  .nullable()
  .meta({ description: 'What else must hold, in CEL; null: nothing.' });

const trigger = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('signed_up') }).meta({ id: 'OnSignup' }),
  z.strictObject({ on: z.literal('qualified') }).meta({ id: 'OnQualification' }),
  z
    .strictObject({
      on: z.literal('nth_event'),
      event: word.meta({
        description: 'The name of an action of the referred member.',
        examples: ['purchase'],
      }),
      from: count.meta({ description: 'The first of these actions that counts, from 1.', examples: [1] }),
      to: count
        .nullable()
        .meta({ description: 'The last of them that counts; null: without end.', examples: [3] }),
    })
    .meta({ id: 'OnNthEvent' }),
  z
    .strictObject({
      on: z.literal('milestone'),
      count: count.meta({ description: 'How many qualified referrals the referrer has then.' }),
    })
    .meta({ id: 'OnMilestone' }),
]);

const benefit = z.discriminatedUnion('kind', [
  fixedInput,
  z
    .strictObject({ kind: z.literal('percentage'), rate_bp: basisPoints, cap: money.nullable() })
    .meta({ id: 'PercentageBenefit' }),
  z
    .strictObject({
      kind: z.literal('milestone_rate'),
      base: money,
      steps: z
        .array(z.strictObject({ count, rate_bp: basisPoints }).meta({ id: 'MilestoneRateStep' }))
        .max(100),
    })
    .meta({ id: 'MilestoneRateBenefit' }),
  badgeInput,
  perkInput,
]);

const rule = z
  .strictObject({
    id: word.meta({ description: 'Unique in the policy.', examples: ['thanks'] }),
    recipient: z.enum(['referrer', 'referred']),
    trigger,
    benefit,
    hold_days: days.meta({ description: 'How long it is pending, from the time of the event.' }),
    expires_days: days
      .nullable()
      .meta({ description: 'Days from maturity to expiry; null: it does not expire.' }),
    cap: z
      .strictObject({
        amount: money.nullable(),
        count: count.nullable(),
        period_days: days.nullable().meta({ description: 'Null: for ever.' }),
      })
      .meta({ id: 'RewardCap' })
      .nullable()
      .meta({ description: 'The most that one recipient gets by this rule; null: no limit.' }),
    condition,
  })
  .meta({ id: 'RewardRule' });

const fraud = z
  .strictObject({
    review_at: count.meta({ description: 'From this score on, an operator looks at a signup.' }),
    deny_at: count.meta({ description: 'From this score on, a signup is refused.' }),
    weights: z.record(word, count).meta({ description: 'What each signal adds to the score, by its name.' }),
    signups_per_hour_max: count,
    signups_per_day_max: count,
    signups_per_week_max: count,
  })
  .meta({ id: 'FraudRules' });

const approval = z
  .strictObject({
    auto_max: z
      .array(
        z
          .strictObject({ kind: z.enum(CATALOGUE_KINDS).nullable(), max: money })
          .meta({ id: 'ApprovalLimit' }),
      )
      .max(20),
    risk: z
      .strictObject({
        fraud_score_at: count.nullable(),
        account_days_min: days.nullable(),
        day_max: z.array(money).max(20),
      })
      .meta({ id: 'ApprovalRisk' }),
  })
  .meta({ id: 'ApprovalRules' });

const attribution = z
  .strictObject({
    model: z
      .enum(['last_touch', 'first_touch'])
      .meta({ description: "Which of a visitor's touches counts.", examples: ['last_touch'] }),
    window_days: days.meta({ description: 'How old a touch may be at the signup.' }),
  })
  .meta({ id: 'AttributionRules' });

const qualification = z
  .strictObject({
    event: word.meta({
      description: 'The action that makes a referral successful.',
      examples: ['purchase'],
    }),
    min_value: money
      .nullable()
      .meta({ description: 'What the action must be worth; null: nothing in particular.' }),
    within_days: days.meta({
      description: 'How long after the signup it may happen; after that the referral expires.',
    }),
    condition,
  })
  .meta({ id: 'QualificationRules' });

const redemption = z
  .strictObject({
    min: money.meta({ description: 'The least that can be redeemed.' }),
    auto_approve_max: money.meta({ description: 'Up to here no operator is needed; 0: always.' }),
    approval_days: days.meta({
      description: 'How long an operator may take; then the reserve is released.',
    }),
    methods: z
      .array(word)
      .max(10)
      .meta({ description: 'How plain amounts are paid.', examples: [['manual']] }),
    approval: approval.exactOptional(),
  })
  .meta({ id: 'RedemptionRules' });

/** The form of a policy on the wire; what its parts mean together, `checkPolicy` judges. */
export const policySchema = z.strictObject({
  unit: unitCode.meta({
    description: 'The unit of every credit: a code of ISO 4217 in use, `PTS`, or `PTS_` and a name.',
    examples: ['USD'],
  }),
  attribution,
  qualification,
  refund_days: days.meta({
    description: 'How long after an action a refund of it takes back. Nor does a referral close sooner.',
  }),
  earning_days: days
    .nullable()
    .exactOptional()
    .meta({
      description:
        'How long after the signup actions earn; null: without end. Left out: until the referral closes, ' +
        '`refund_days` after qualifying.',
    }),
  invitation_days: days.meta({ description: 'How long a personal invitation waits for its signup.' }),
  rules: z.array(rule).max(50).meta({ description: 'What is granted, to whom, and when.' }),
  fraud,
  budget: money.nullable().meta({
    description: 'The most that may ever be granted, net of what was taken back; null: no limit.',
  }),
  redemption,
  notices: noticesSchema.exactOptional(),
  surveys: surveysSchema.exactOptional(),
  milestones: milestonesSchema.exactOptional(),
  points: pointsSchema.optional(),
}) satisfies z.ZodType<Policy>;

/** The form of a policy under a name, so that every operation which takes a policy takes one type. */
export const policyInput = policySchema.meta({
  id: 'Policy',
  description: 'The rules of a program.',
  examples: [policyToJson(builtinPolicy())],
});

/** A policy as callers send it: amounts as strings of minor units. */
export type PolicyInput = z.input<typeof policySchema>;
