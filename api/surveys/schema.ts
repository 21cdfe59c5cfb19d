import { z } from 'zod';
import type { SurveyRule } from '../../domain/surveys/policy.ts';

const id = z.string().min(1).max(50);
const days = z.number().int().min(0).max(100_000);
const whole = z.number().int().min(-1_000_000).max(1_000_000);
const words = z
  .record(z.string().min(1).max(10), z.string().min(1).max(1_000))
  .refine((texts) => Object.keys(texts).length <= 20, 'at most 20 languages');

/** A question of a survey, in a policy and in the survey that asks it. */
export const questionInput = z.discriminatedUnion('kind', [
  z.strictObject({ id, kind: z.literal('nps'), text: words }).meta({ id: 'NpsQuestion' }),
  z
    .strictObject({ id, kind: z.literal('scale'), text: words, min: whole, max: whole })
    .meta({ id: 'ScaleQuestion' }),
  z
    .strictObject({
      id,
      kind: z.literal('choice'),
      text: words,
      options: z.array(z.strictObject({ id, text: words }).meta({ id: 'QuestionOption' })).max(50),
    })
    .meta({ id: 'ChoiceQuestion' }),
  z
    .strictObject({ id, kind: z.literal('comment'), text: words, length_max: whole })
    .meta({ id: 'CommentQuestion' }),
]);

const moment = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('first_reward') }).meta({ id: 'AfterFirstReward' }),
  z.strictObject({ on: z.literal('days_after_signup'), days }).meta({ id: 'AfterSignup' }),
  z.strictObject({ on: z.literal('redemption') }).meta({ id: 'AfterRedemption' }),
  z.strictObject({ on: z.literal('lapse'), days }).meta({ id: 'AfterLapse' }),
]);

const survey = z
  .strictObject({
    id,
    questions: z.array(questionInput).max(20).exactOptional(),
    moment,
    delay_hours: days.exactOptional(),
    remind_after_days: days,
    lapse_after_days: days,
    cap_days: days,
    audience: z.enum(['everyone', 'referrers', 'referred']).exactOptional(),
  })
  .meta({ id: 'SurveyRule' }) satisfies z.ZodType<SurveyRule>;

/** The form of a policy’s surveys on the wire; what its parts mean together, `checkSurveys` judges. */
export const surveysSchema = z.array(survey).max(50);
