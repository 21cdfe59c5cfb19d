import { z } from 'zod';
import { asSent, idAnswer, moneyAnswer, nextCursorAnswer, pageAnswer, timeAnswer } from '../trpc/answers.ts';
import { moneyJson } from '../trpc/schemas.ts';
import { milestoneBenefit, pointsMilestone, referralsMilestone, revenueMilestone } from './schema.ts';

export const MILESTONE_STATUSES = ['waiting', 'awarded', 'reversed'] as const;

const policyVersion = z
  .number()
  .int()
  .nullable()
  .meta({ description: 'The version of the policy in force; null: there is none.' });

const whole = z.number().int();

const milestoneId = z.string().meta({ examples: ['ten-friends'] });

export const countAnswer = z
  .union([whole, moneyAnswer])
  .meta({ description: 'A number of referrals, or an amount.', examples: [10] });

const benefitAnswer = asSent(milestoneBenefit);

const tally = {
  members: whole.meta({ description: 'How many members reached any threshold, and hold it now.' }),
  awarded: whole.meta({ description: 'How many awards were granted.' }),
  waiting: whole.meta({ description: 'How many awards wait, because the budget has no room.' }),
  reversed: whole.meta({ description: 'How many awards were taken back or given up.' }),
  reached: z
    .array(
      z.strictObject({ at: z.union([whole, moneyJson]), members: whole }).meta({ id: 'ReachedThreshold' }),
    )
    .meta({ description: 'How many members hold each threshold now.' }),
};

/** A milestone in the form in which it was published, with how many members reached it. */
const talliedAnswer = asSent(
  z.discriminatedUnion('measure', [
    referralsMilestone.extend(tally).meta({ id: 'TalliedReferralsMilestone' }),
    revenueMilestone.extend(tally).meta({ id: 'TalliedRevenueMilestone' }),
    pointsMilestone.extend(tally).meta({ id: 'TalliedPointsMilestone' }),
  ]),
).meta({ id: 'TalliedMilestone' });

export const milestonesAnswer = z
  .strictObject({ policyVersion, items: z.array(talliedAnswer).readonly(), nextCursor: nextCursorAnswer })
  .meta({ id: 'MilestoneList' });

export const nextThresholdAnswer = z
  .strictObject({
    at: countAnswer,
    left: countAnswer.meta({ description: 'How much more it takes.' }),
    benefit: benefitAnswer,
  })
  .meta({ id: 'NextThreshold' });

export const milestoneProgressAnswer = z
  .strictObject({
    policyVersion,
    items: z.array(
      z
        .strictObject({
          milestoneId,
          name: z.string().meta({ examples: ['Ten friends'] }),
          measure: z
            .enum(['qualified_referrals', 'revenue', 'points'])
            .meta({ examples: ['qualified_referrals'] }),
          count: countAnswer,
          reached: countAnswer.nullable().meta({ description: 'The highest threshold reached; null: none.' }),
          awarded: whole.meta({ description: 'How many awards the member has.' }),
          waiting: whole.meta({ description: 'How many awards wait, because the budget has no room.' }),
          next: nextThresholdAnswer.nullable().meta({ description: 'Null: there is no further threshold.' }),
        })
        .meta({ id: 'MilestoneProgress' }),
    ),
  })
  .meta({ id: 'MemberMilestones' });

const step = z.string().meta({ description: 'What the threshold takes, as its name.', examples: ['10'] });
const nth = whole.meta({ description: 'For which time the member reached it.' });

export const milestoneAwardAnswer = z
  .strictObject({
    id: idAnswer,
    memberId: idAnswer,
    milestoneId,
    step,
    nth,
    at: countAnswer.meta({ description: 'The threshold.' }),
    count: countAnswer.meta({ description: 'What the member had when it was decided.' }),
    policyVersion: whole,
    status: z
      .enum(MILESTONE_STATUSES)
      .meta({ description: 'waiting: the budget has no room for it.', examples: ['awarded'] }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it waits or was reversed.', examples: ['budget_exhausted'] }),
    rewardId: idAnswer.nullable().meta({ description: 'The reward that it granted.' }),
    reachedAt: timeAnswer,
    awardedAt: timeAnswer.nullable(),
    reversedAt: timeAnswer.nullable(),
    createdAt: timeAnswer,
  })
  .meta({ id: 'MilestoneAward', description: 'A threshold of a milestone that a member reached.' });

export const milestoneAwardsAnswer = pageAnswer(milestoneAwardAnswer);

const dueStepAnswer = z
  .strictObject({
    action: z.enum(['award', 'take_back', 'try_again']).meta({
      description: 'try_again: the award waits for room in the budget.',
      examples: ['award'],
    }),
    milestoneId,
    step,
    nth,
    at: countAnswer.meta({ description: 'The threshold.' }),
    count: countAnswer.nullable().meta({ description: 'What the member has; null for `try_again`.' }),
    benefit: benefitAnswer.nullable().meta({ description: 'Null for `try_again`.' }),
  })
  .meta({ id: 'DueMilestone' });

export const dueMilestonesAnswer = z
  .strictObject({ memberId: idAnswer, would: z.array(dueStepAnswer) })
  .meta({ id: 'DueMember', description: 'What a sweep would do about a member.' });

export const milestoneDryRunAnswer = pageAnswer(dueMilestonesAnswer)
  .extend({ policyVersion })
  .meta({ id: 'MilestoneDryRun' });

export const milestoneSweepAnswer = z.strictObject({ started: z.boolean() }).meta({ id: 'MilestoneSweep' });
