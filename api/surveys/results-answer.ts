import { z } from 'zod';

const count = z.number().int();

const npsAnswer = z
  .strictObject({
    score: z.number().meta({ description: 'Promoters less detractors, of 100: from −100 to 100.' }),
    low: z.number().meta({ description: 'The lower bound of the 95 % confidence interval.' }),
    high: z.number().meta({ description: 'The upper bound of the 95 % confidence interval.' }),
  })
  .meta({ id: 'NetPromoterScore' });

const figures = {
  asked: count,
  answered: count,
  responseRate: z
    .number()
    .nullable()
    .meta({ description: 'From 0 to 1; null when nobody was asked.', examples: [0.4] }),
  nps: npsAnswer.nullable().meta({ description: 'Null without any score.' }),
  promoters: count.meta({ description: 'Scores of 9 and 10.' }),
  passives: count.meta({ description: 'Scores of 7 and 8.' }),
  detractors: count.meta({ description: 'Scores from 0 to 6.' }),
  scores: z.array(count).meta({ description: 'How many gave each score, from 0 to 10.' }),
};

const distributionAnswer = z
  .strictObject({
    questionId: z.string(),
    kind: z.enum(['nps', 'scale', 'choice']).meta({ examples: ['choice'] }),
    counts: z.array(
      z
        .strictObject({
          value: z.union([z.number(), z.string()]).meta({ description: 'A step, or the id of an option.' }),
          count,
        })
        .meta({ id: 'SurveyValueCount' }),
    ),
  })
  .meta({
    id: 'SurveyDistribution',
    description: 'Every answer that a question offers, and how many gave it.',
  });

export const surveyResultsAnswer = z
  .strictObject({
    ruleId: z.string(),
    timeZone: z.string().meta({ description: 'The time zone of the periods.', examples: ['Europe/Berlin'] }),
    items: z
      .array(
        z
          .strictObject({
            policyVersion: count,
            period: z
              .string()
              .nullable()
              .meta({ description: 'Such as `2026-01`; null for all time.', examples: ['2026-01'] }),
            ...figures,
            answers: z.array(distributionAnswer),
          })
          .meta({ id: 'SurveyGroup' }),
      )
      .meta({ description: 'By period and version of the policy, the latest first; 400 at the most.' }),
    total: z.strictObject(figures).meta({ id: 'SurveyFigures', description: 'All items together.' }),
  })
  .meta({ id: 'SurveyResults' });
