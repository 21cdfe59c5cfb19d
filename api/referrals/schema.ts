import { z } from 'zod';
import { REFERRAL_STAGES } from '../../domain/referrals/referral.ts';
import { commandAnswer } from '../events/schema.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import type { LiveState } from './live.ts';

const stage = z.enum(REFERRAL_STAGES);

export const referralAnswer = z
  .strictObject({
    id: idAnswer,
    linkId: idAnswer,
    referrerId: idAnswer.meta({ description: 'The member who refers.' }),
    referredId: idAnswer.nullable().meta({
      description: 'The member who was referred; null while a personal invitation is not used.',
    }),
    policyVersion: z
      .number()
      .int()
      .meta({ description: 'The version of the policy under which the referral began, and which it keeps.' }),
    stage: stage.meta({
      examples: ['qualified'],
      description:
        'invited, signed_up, in_review, qualified and rewarded are alive; the others are ends. rewarded: ' +
        'every reward has matured; refunds may still come until it is closed.',
    }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it is at this stage, where that needs a word.', examples: [null] }),
    verdict: z
      .string()
      .nullable()
      .meta({ description: 'What the fraud rules said: `allow`, `review` or `deny`.', examples: ['allow'] }),
    issuedAt: timeAnswer,
    signedUpAt: timeAnswer.nullable(),
    qualifiedAt: timeAnswer.nullable(),
    dueAt: timeAnswer.nullable().meta({
      description: 'Until when something may happen by itself: sign up, qualify, or be refunded.',
    }),
    endedAt: timeAnswer.nullable().meta({ examples: [null] }),
    createdAt: timeAnswer,
  })
  .meta({ id: 'ReferralRecord', description: 'That one member brought another, and what became of it.' });

export const reviewAnswer = z.strictObject({ referralId: idAnswer, ...commandAnswer }).meta({
  id: 'ReferralCommand',
  description: 'The word of an operator on a referral, and what came of it where the caller waited.',
});

/** As the workflow keeps it, which an earlier version of the engine may have begun. */
const liveState: z.ZodType<LiveState, LiveState> = z
  .looseObject({
    stage: stage.nullable().meta({
      description: 'Null: the signup was refused, so there is no referral.',
      examples: ['qualified'],
    }),
    reason: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    referrer_id: idAnswer.nullable(),
    policy_version: z.number().int().nullable(),
    verdict: z
      .string()
      .nullable()
      .meta({ examples: ['allow'] }),
    matures_at_ms: z
      .number()
      .nullable()
      .meta({
        description: 'When the next reward on hold matures, in milliseconds since 1970.',
        examples: [1_768_469_400_000],
      }),
    due_at_ms: z
      .number()
      .nullable()
      .meta({
        description: 'When the referral ends by itself, in milliseconds since 1970.',
        examples: [1_768_469_400_000],
      }),
    rewards: z
      .looseObject({ held: z.number(), available: z.number(), reversed: z.number() })
      .meta({ id: 'RewardCounts' }),
    version: z
      .number()
      .int()
      .optional()
      .meta({ description: 'How often the referral had changed.', examples: [2] }),
  })
  .meta({ id: 'LiveReferralState' });

export const liveReferralAnswer = z
  .strictObject({
    workflowId: z.string().meta({ examples: ['referral-0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'] }),
    state: liveState.nullable().meta({
      description: 'Null before the workflow has begun, which it does when something is due or changes.',
    }),
  })
  .meta({ id: 'LiveReferral' });
