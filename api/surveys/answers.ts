import { z } from 'zod';
import { SURVEY_STATUSES } from '../../domain/surveys/survey.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { commandAnswer } from '../events/schema.ts';
import { asSent, idAnswer, pageAnswer, timeAnswer } from '../trpc/answers.ts';
import { questionInput } from './schema.ts';

const ruleId = z.string().meta({ description: 'The survey of the policy that it is.', examples: ['nps'] });

const urlAnswer = z.string().meta({ format: 'uri', examples: ['https://refer.example/r/k7m2xq9a'] });

export const surveyAnswer = z
  .strictObject({
    id: idAnswer,
    memberId: idAnswer,
    ruleId,
    occasion: z.string().meta({ description: 'The moment that it is about.', examples: ['first_reward'] }),
    policyVersion: z.number().int(),
    status: z.enum(SURVEY_STATUSES).meta({
      description: 'answered: the answer may still be changed, until the survey is closed.',
      examples: ['answered'],
    }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it was withdrawn.', examples: ['operator_cancelled'] }),
    dueAt: timeAnswer.meta({ description: 'When the member is to be asked.' }),
    askedAt: timeAnswer.nullable(),
    remindedAt: timeAnswer.nullable(),
    closesAt: timeAnswer
      .nullable()
      .meta({ description: 'Until then it can be answered; null before the member is asked.' }),
    endedAt: timeAnswer.nullable(),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Survey', description: 'A survey that one member is asked.' });

export const surveysAnswer = pageAnswer(surveyAnswer);

const given = {
  answers: z
    .record(z.string(), z.union([z.number(), z.string()]))
    .readonly()
    .meta({ description: 'By question id.', examples: [{ nps: 9, comment: 'Quick and friendly' }] }),
  score: z
    .number()
    .int()
    .nullable()
    .meta({ description: 'From 0 to 10: the answer to how likely the member is to recommend you.' }),
  comment: z.string().nullable(),
  changes: z.number().int().meta({ description: 'How often the member changed the answer.' }),
  firstAnsweredAt: timeAnswer,
  answeredAt: timeAnswer,
  handledAt: timeAnswer.nullable().meta({ description: 'When an operator dealt with it; null: it is open.' }),
  handledBy: z.string().nullable(),
  handledNote: z.string().nullable(),
};

export const surveyReplyAnswer = z.strictObject(given).meta({ id: 'SurveyAnswer' });

export const surveyDetailAnswer = surveyAnswer
  .extend({
    questions: z.array(asSent(questionInput)).readonly(),
    answer: surveyReplyAnswer.nullable().meta({ description: 'Null: there is none.' }),
  })
  .meta({ id: 'SurveyDetail', description: 'A survey with what it asks and what was answered.' });

/** An answer with the survey and the member that it belongs to. */
export const memberReplyAnswer = z
  .strictObject({ surveyId: idAnswer, memberId: idAnswer, ruleId, policyVersion: z.number().int(), ...given })
  .meta({ id: 'MemberSurveyAnswer' });

export const memberRepliesAnswer = pageAnswer(memberReplyAnswer);

export const handledReplyAnswer = z
  .strictObject({ surveyId: idAnswer, ...given })
  .meta({ id: 'HandledSurveyAnswer' });

export const surveyLinkAnswer = z
  .strictObject({ url: urlAnswer, expiresAt: timeAnswer })
  .meta({ id: 'SurveyLink' });

/** The procedure answers `accepted`; with `wait_ms` the decision is put in its place afterwards. */
export const surveySubmittedAnswer = z
  .strictObject({
    surveyId: idAnswer,
    eventId: idAnswer,
    status: z
      .enum(['accepted', 'decided'])
      .meta({ description: 'decided: `outcome` says how.', examples: ['accepted'] }),
    outcome: z
      .custom<Outcome>()
      .nullable()
      .meta({ description: 'Null while the answer waits for its decision.', examples: [null] }),
    share: z
      .strictObject({ url: urlAnswer })
      .meta({ id: 'PromoterLink' })
      .nullable()
      .meta({ description: "The member's own link, for whoever would recommend you; else null." }),
  })
  .meta({ id: 'SubmittedSurveyAnswer' });

export const surveyCancelAnswer = z
  .strictObject({ surveyId: idAnswer, ...commandAnswer })
  .meta({ id: 'SurveyCancellation' });

export const improvementAnswer = z
  .strictObject({
    id: idAnswer,
    title: z.string(),
    description: z.string(),
    madeBy: z.string().meta({ description: 'Whose key it was.' }),
    answers: z.number().int().meta({ description: 'How many answers it is linked to.' }),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Improvement', description: 'A change that answers led to.' });

export const improvementsAnswer = pageAnswer(improvementAnswer);

const told = z.number().int().meta({ description: 'How many members this call notified.' });

export const createdImprovementAnswer = improvementAnswer.extend({ told }).meta({ id: 'CreatedImprovement' });

export const improvementLinkAnswer = z
  .strictObject({ improvementId: idAnswer, told })
  .meta({ id: 'ImprovementLink' });
