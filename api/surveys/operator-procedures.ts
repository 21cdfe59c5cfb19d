import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { notFound } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import {
  createdImprovementAnswer,
  handledReplyAnswer,
  improvementLinkAnswer,
  improvementsAnswer,
  memberRepliesAnswer,
} from './answers.ts';
import { findSurvey } from './find.ts';
import { commentsInput, detractorsInput, readComments, readDetractors } from './given.ts';
import { improveInput, improvementView, linkAnswers, linkInput, makeImprovement } from './improvements.ts';
import { readResults, resultsInput } from './results.ts';
import { surveyResultsAnswer } from './results-answer.ts';
import { answerView } from './views.ts';

/** The procedures by which operators read answers, deal with them, and say what they led to. */
export const operatorSurveyProcedures = {
  results: query()
    .meta({
      rest: 'getSurveyResults GET /surveys/results',
      doc:
        'Returns the results of a survey of the policy, by version and period: how many were asked ' +
        'and answered, the Net Promoter Score with its interval, and how many gave each answer. A ' +
        'survey counts in the period in which it was asked. A survey that the policy never had has ' +
        'results of zero.',
    })
    .input(resultsInput)
    .output(surveyResultsAnswer)
    .query(({ ctx, input }) => readResults(ctx.services.db, ctx.programId, input, ctx.services.now())),

  comments: query()
    .meta({
      rest: 'listSurveyComments GET /surveys/comments',
      doc:
        'Lists the answers that have a comment, the newest first; with `search`, only those that ' +
        'match it.',
    })
    .input(commentsInput)
    .output(memberRepliesAnswer)
    .query(({ ctx, input }) => readComments(ctx.services.db, ctx.programId, input)),

  detractors: query()
    .meta({
      rest: 'listDetractors GET /surveys/detractors',
      doc: 'Lists answers with a score of 6 or less, the newest first, for operators to look at.',
    })
    .input(detractorsInput)
    .output(memberRepliesAnswer)
    .query(({ ctx, input }) => readDetractors(ctx.services.db, ctx.programId, input)),

  handle: mutation()
    .meta({
      rest: 'handleDetractor POST /surveys/{id}/handle',
      doc:
        'Says that an operator has dealt with an answer, and how. It takes an answer of any score. ' +
        'An answer that is changed afterwards is open again. Refuses with `not_found` for a survey ' +
        'without an answer.',
    })
    .input(
      z.strictObject({
        id: id.meta({ description: 'The id of the survey.' }),
        note: z
          .string()
          .trim()
          .min(1)
          .max(1_000)
          .meta({ description: 'What was done.', examples: ['Called, and refunded the fee.'] }),
      }),
    )
    .output(handledReplyAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const { count } = await tx.surveyAnswer.updateMany({
        where: { programId, surveyId: input.id },
        data: {
          handledAt: new Date(ctx.services.now()),
          handledBy: actor,
          handledNote: input.note,
        },
      });
      const survey = count === 0 ? null : await findSurvey(tx, { id: input.id, programId });
      if (survey === null || survey.answer === null) throw notFound('answer');
      await audit(tx, { programId, actor, action: 'survey.handled', subject: input.id });
      return { surveyId: survey.id, ...answerView(survey.answer) };
    }),

  improve: mutation()
    .meta({
      rest: 'createImprovement POST /improvements',
      doc:
        'Records a change that answers led to, and notifies the members who gave them, each once. ' +
        'Refuses with `not_found` when one of the surveys has no answer.',
    })
    .input(improveInput)
    .output(createdImprovementAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const author = { programId, actor, now: new Date(ctx.services.now()) };
      const { row, noticeCount } = await makeImprovement(tx, author, input);
      const detail = { answers: input.surveyIds.length, told: noticeCount };
      await audit(tx, { programId, actor, action: 'improvement.made', subject: row.id, detail });
      return {
        ...improvementView({ ...row, _count: { answers: input.surveyIds.length } }),
        told: noticeCount,
      };
    }),

  linkAnswers: mutation()
    .meta({
      rest: 'linkSurveyAnswers POST /improvements/{improvementId}/answers',
      doc:
        'Links more answers to an improvement, and notifies the members who gave them. However often ' +
        'answers are linked, a member hears of an improvement once. Refuses with `not_found` when ' +
        'there is no such improvement, or when one of the surveys has no answer.',
    })
    .input(linkInput)
    .output(improvementLinkAnswer)
    .mutation(async ({ ctx, input: { improvementId, surveyIds } }) => {
      const { tx, programId, actor } = ctx;
      const where = { programId_id: { programId, id: improvementId } };
      if ((await tx.improvement.findUnique({ where, select: { id: true } })) === null) {
        throw notFound('improvement');
      }
      const noticeCount = await linkAnswers(tx, programId, improvementId, surveyIds);
      const detail = { answers: surveyIds.length, told: noticeCount };
      await audit(tx, { programId, actor, action: 'improvement.linked', subject: improvementId, detail });
      return { improvementId, told: noticeCount };
    }),

  improvements: query()
    .meta({
      rest: 'listImprovements GET /improvements',
      doc:
        'Lists changes that answers led to, the newest first, each with how many answers it is ' +
        'linked to.',
    })
    .input(z.strictObject(pageFields).prefault({}))
    .output(improvementsAnswer)
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.improvement.findMany({
        ...newest({ programId: ctx.programId }, input),
        include: { _count: { select: { answers: true } } },
      });
      return newestPage(rows, input, improvementView);
    }),
};
