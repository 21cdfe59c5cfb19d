import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { notFound } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { findSurvey } from './find.ts';
import { commentsInput, detractorsInput, readComments, readDetractors } from './given.ts';
import { improveInput, improvementView, linkAnswers, linkInput, makeImprovement } from './improvements.ts';
import { readResults, resultsInput } from './results.ts';
import { answerView } from './views.ts';

/** The procedures by which operators read answers, deal with them, and say what they led to. */
export const operatorSurveyProcedures = {
  /** The results of a survey of the policy, by version and period. */
  results: query()
    .input(resultsInput)
    .query(({ ctx, input }) => readResults(ctx.services.db, ctx.programId, input, ctx.services.now())),

  /** Comments, the newest first; with `search`, only those that match it. */
  comments: query()
    .input(commentsInput)
    .query(({ ctx, input }) => readComments(ctx.services.db, ctx.programId, input)),

  /** Answers of 6 or less, for operators to look at. */
  detractors: query()
    .input(detractorsInput)
    .query(({ ctx, input }) => readDetractors(ctx.services.db, ctx.programId, input)),

  /**
   * Says that an operator has dealt with an answer, and how. An answer that is changed afterwards is open
   * again.
   */
  handle: mutation('surveys:write')
    .input(z.strictObject({ id, note: z.string().trim().min(1).max(1_000) }))
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

  /** Records a change that answers led to, and notifies the members who gave them. */
  improve: mutation('surveys:write')
    .input(improveInput)
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

  /** Links more answers to an improvement, and notifies each member once. */
  linkAnswers: mutation('surveys:write')
    .input(linkInput)
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

  /** Changes that answers led to, the newest first, each with how many answers it is linked to. */
  improvements: query()
    .input(z.strictObject(pageFields).prefault({}))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.improvement.findMany({
        ...newest({ programId: ctx.programId }, input),
        include: { _count: { select: { answers: true } } },
      });
      return newestPage(rows, input, improvementView);
    }),
};
