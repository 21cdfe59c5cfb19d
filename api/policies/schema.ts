import { z } from 'zod';
import type { Policy } from '../../domain/policies/policy.ts';
import { CATALOGUE_KINDS } from '../../domain/redemptions/methods.ts';
import { milestonesSchema } from '../milestones/schema.ts';
import { noticesSchema } from '../notices/schema.ts';
import { pointsSchema } from '../points/schema.ts';
import { badgeInput, fixedInput, perkInput } from '../rewards/schema.ts';
import { surveysSchema } from '../surveys/schema.ts';
import { moneyInput as money } from '../trpc/schemas.ts';

const days = z.number().int().min(0).max(100_000);
const count = z.number().int().min(0).max(1_000_000_000);
const basisPoints = z.number().int().min(0).max(1_000_000_000);
const word = z.string().min(1).max(64);
const condition = z.string().min(1).max(1_000).nullable();

const trigger = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('signed_up') }),
  z.strictObject({ on: z.literal('qualified') }),
  z.strictObject({ on: z.literal('nth_event'), event: word, from: count, to: count.nullable() }),
  z.strictObject({ on: z.literal('milestone'), count }),
]);

const benefit = z.discriminatedUnion('kind', [
  fixedInput,
  z.strictObject({ kind: z.literal('percentage'), rate_bp: basisPoints, cap: money.nullable() }),
  z.strictObject({
    kind: z.literal('milestone_rate'),
    base: money,
    steps: z.array(z.strictObject({ count, rate_bp: basisPoints })).max(100),
  }),
  badgeInput,
  perkInput,
]);

const rule = z.strictObject({
  id: word,
  recipient: z.enum(['referrer', 'referred']),
  trigger,
  benefit,
  hold_days: days,
  expires_days: days.nullable(),
  cap: z
    .strictObject({ amount: money.nullable(), count: count.nullable(), period_days: days.nullable() })
    .nullable(),
  condition,
});

const fraud = z.strictObject({
  review_at: count,
  deny_at: count,
  weights: z.record(word, count),
  signups_per_hour_max: count,
  signups_per_day_max: count,
  signups_per_week_max: count,
});

const approval = z.strictObject({
  auto_max: z.array(z.strictObject({ kind: z.enum(CATALOGUE_KINDS).nullable(), max: money })).max(20),
  risk: z.strictObject({
    fraud_score_at: count.nullable(),
    account_days_min: days.nullable(),
    day_max: z.array(money).max(20),
  }),
});

/** The form of a policy on the wire; what its parts mean together, `checkPolicy` judges. */
export const policySchema = z.strictObject({
  unit: z.string().min(1).max(32),
  attribution: z.strictObject({ model: z.enum(['last_touch', 'first_touch']), window_days: days }),
  qualification: z.strictObject({ event: word, min_value: money.nullable(), within_days: days, condition }),
  refund_days: days,
  invitation_days: days,
  rules: z.array(rule).max(50),
  fraud,
  budget: money.nullable(),
  redemption: z.strictObject({
    min: money,
    auto_approve_max: money,
    approval_days: days,
    methods: z.array(word).max(10),
    approval: approval.exactOptional(),
  }),
  notices: noticesSchema.exactOptional(),
  surveys: surveysSchema.exactOptional(),
  milestones: milestonesSchema.exactOptional(),
  points: pointsSchema.optional(),
}) satisfies z.ZodType<Policy>;

/** A policy as callers send it: amounts as strings of minor units. */
export type PolicyInput = z.input<typeof policySchema>;
