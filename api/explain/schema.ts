import { z } from 'zod';
import type { Referral } from '../../prisma/generated/client.ts';
import { eventAnswer } from '../events/schema.ts';
import { ownLineAnswer } from '../leaderboards/schema.ts';
import { countAnswer, milestoneAwardAnswer, nextThresholdAnswer } from '../milestones/answers.ts';
import { milestonesSchema } from '../milestones/schema.ts';
import { policySchema } from '../policies/schema.ts';
import { referralAnswer } from '../referrals/schema.ts';
import { rewardAnswer } from '../rewards/schema.ts';
import { asSent, idAnswer, sentencesAnswer, timeAnswer, traceAnswer } from '../trpc/answers.ts';

export const rewardExplanationAnswer = z
  .strictObject({
    reward: rewardAnswer,
    policyVersion: z.number().int(),
    rule: asSent(policySchema.shape.rules.element).nullable().meta({
      description:
        'The rule as that version of the policy has it; null where no rule of it granted the reward.',
    }),
    trace: traceAnswer,
    sentences: sentencesAnswer,
  })
  .meta({ id: 'RewardExplanation' });

export const referralExplanationAnswer = z
  .strictObject({
    referral: referralAnswer,
    attribution: z
      .custom<Referral['attribution']>(() => true)
      .meta({
        description: 'Why this referrer: the claim that won, and those that it beat. Null before the signup.',
      }),
    signals: z
      .custom<Referral['signals']>(() => true)
      .meta({
        description:
          'What the fraud rules saw; with the weight of each signal, and their sum, for a key that has the ' +
          'scope `policies:read` too.',
      }),
    rewards: z.array(rewardAnswer).meta({ description: 'The oldest first.' }),
    events: z
      .array(eventAnswer.extend({ sentences: sentencesAnswer }).meta({ id: 'ExplainedEvent' }))
      .meta({ description: 'At most 100 events of the referred member, the first ones.' }),
    sentences: sentencesAnswer,
  })
  .meta({ id: 'ReferralExplanation' });

export const eventExplanationAnswer = z
  .strictObject({ event: eventAnswer, sentences: sentencesAnswer })
  .meta({ id: 'EventExplanation' });

const standingPart = z
  .strictObject({
    referralId: idAnswer,
    referredId: idAnswer.nullable(),
    qualifiedAt: timeAnswer,
    changedAt: timeAnswer,
    counts: z.string().meta({
      description: 'What it adds to the score: 1 or 0, or minor units of the currency of the board.',
      examples: ['1'],
    }),
    why: z.enum(['counted', 'reversed', 'other_unit', 'before_the_board']).meta({
      examples: ['counted'],
      description: 'Why it counts that much; before_the_board: it was decided before the board was made.',
    }),
  })
  .meta({ id: 'StandingPart', description: 'A referral, and what it adds to the score of its referrer.' });

export const standingExplanationAnswer = z
  .strictObject({
    window: z.string().meta({ description: 'The key of the ranking.', examples: ['2026-01'] }),
    me: ownLineAnswer.nullable().meta({ description: 'Null when the member has no score.' }),
    closedAt: timeAnswer.nullable().meta({ description: 'When the ranking became final.' }),
    parts: z
      .array(standingPart)
      .meta({ description: 'At most 100, the latest; none for a board of points. The score is of all.' }),
    sentences: sentencesAnswer,
  })
  .meta({ id: 'StandingExplanation' });

export const milestoneExplanationAnswer = z
  .strictObject({
    milestone: asSent(milestonesSchema.element)
      .nullable()
      .meta({ description: 'As the policy in force has it; null: it has no such milestone any more.' }),
    policyVersion: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'The version of the policy in force; null: there is none.' }),
    count: countAnswer.nullable().meta({ description: 'What the member has now; null without a milestone.' }),
    next: nextThresholdAnswer.nullable().meta({ description: 'Null: there is no further threshold.' }),
    awards: z
      .array(
        milestoneAwardAnswer
          .extend({ trace: traceAnswer, sentences: sentencesAnswer })
          .meta({ id: 'ExplainedMilestoneAward' }),
      )
      .meta({ description: 'At most 100, the last reached first.' }),
    sentences: sentencesAnswer,
  })
  .meta({ id: 'MilestoneExplanation' });
