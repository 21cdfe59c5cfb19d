import { z } from 'zod';
import { badgeInput, fixedInput, labelInput, perkInput } from '../rewards/schema.ts';
import { moneyInput } from '../trpc/schemas.ts';

const days = z.number().int().min(0).max(100_000);
const count = z.number().int().min(0).max(1_000_000_000);

/** What a threshold earns. */
export const milestoneBenefit = z.discriminatedUnion('kind', [fixedInput, badgeInput, perkInput]);

const common = {
  id: z.string().min(1).max(64),
  name: labelInput,
  hold_days: days,
  expires_days: days.nullable(),
  reversible: z.boolean(),
};

/** The thresholds of a milestone, and whether the last one repeats; `of` names both in the reference. */
const ladder = <T extends z.ZodType>(of: string, at: T) => ({
  thresholds: z
    .array(z.strictObject({ at, benefit: milestoneBenefit }).meta({ id: `${of}Threshold` }))
    .max(100),
  repeat: z.union([z.literal('once'), z.strictObject({ every: at }).meta({ id: `${of}Repeat` })]),
});

const countLadder = ladder('Count', count);
const amountLadder = ladder('Amount', moneyInput);

/** A milestone on how many the member brought. */
export const referralsMilestone = z
  .strictObject({
    ...common,
    ...countLadder,
    measure: z.literal('qualified_referrals'),
    recipient: z.literal('referrer'),
  })
  .meta({ id: 'ReferralsMilestone' });

/** A milestone on what they brought. */
export const revenueMilestone = z
  .strictObject({
    ...common,
    ...amountLadder,
    measure: z.literal('revenue'),
    recipient: z.literal('referrer'),
  })
  .meta({ id: 'RevenueMilestone' });

/** A milestone on the points of the member's life. */
export const pointsMilestone = z
  .strictObject({
    ...common,
    ...amountLadder,
    measure: z.literal('points'),
    recipient: z.literal('member'),
  })
  .meta({ id: 'PointsMilestone' });

/** The form of a policy's milestones on the wire. */
export const milestonesSchema = z
  .array(z.discriminatedUnion('measure', [referralsMilestone, revenueMilestone, pointsMilestone]))
  .max(100);
