import { z } from 'zod';
import { isSurveyEnd, nextSurvey, SURVEY_STATUSES } from '../../domain/surveys/survey.ts';
import { addDays } from '../../domain/time.ts';
import { audit } from '../../engine/audit/record.ts';
import { insertCommand } from '../../engine/events/commands.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { LINK_DAYS, surveyLink } from '../../engine/surveys/link.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { after, encodePosition, newestFirst, pageOf } from '../trpc/cursor.ts';
import { surveyWorkflow } from '../trpc/lookups.ts';
import { decidedMutation, mutation, query, router } from '../trpc/procedures.ts';
import { id, note, pageFields, waitMs } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { findSurvey, questionsFor } from './find.ts';
import { commentsInput, detractorsInput, readComments, readDetractors } from './given.ts';
import { improveInput, improvementView, linkAnswers, linkInput, makeImprovement } from './improvements.ts';
import { readResults, resultsInput } from './results.ts';
import { mayAnswer, submitAnswer } from './submit.ts';
import { answerView, surveyDetailView, surveyView } from './views.ts';

/** Stages in which a member may answer. */
const OPEN = SURVEY_STATUSES.filter((status) => !isSurveyEnd(status) && status !== 'scheduled');

/** Answers by question id; whether they fit, the survey's questions say. */
const answers = z
  .record(z.string().min(1).max(50), z.union([z.number(), z.string().max(10_000)]))
  .refine((given) => Object.keys(given).length <= 20, 'at most 20 answers');

export const surveysRouter = router({
  /** Surveys, the newest first; of one member, one survey of the policy or one stage when asked, or those that can be answered. */
  list: query()
    .input(
      z
        .strictObject({
          ...pageFields,
          memberId: id.optional(),
          ruleId: z.string().min(1).max(50).optional(),
          status: z.union([z.enum(SURVEY_STATUSES), z.literal('open')]).optional(),
        })
        .prefault({}),
    )
    .query(async ({ ctx, input: { cursor, limit, memberId, ruleId, status } }) => {
      const rows = await ctx.services.db.survey.findMany({
        where: {
          programId: ctx.programId,
          ...(memberId === undefined ? {} : { memberId }),
          ...(ruleId === undefined ? {} : { ruleId }),
          ...(status === undefined ? {} : { status: status === 'open' ? { in: OPEN } : status }),
          ...after(cursor),
        },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      return pageOf(rows, limit, encodePosition, surveyView);
    }),

  /** A survey with its questions and its answer. */
  get: query()
    .input(z.strictObject({ id }))
    .query(async ({ ctx, input }) => {
      const { db, now } = ctx.services;
      const survey = await findSurvey(db, { id: input.id, programId: ctx.programId });
      if (survey === null) throw notFound('survey');
      return surveyDetailView(survey, await questionsFor(db, survey, now()));
    }),

  /** A new link at which the member answers without signing in, for hosts that send their own messages. */
  link: mutation('members:write')
    .input(z.strictObject({ id }))
    .mutation(async ({ ctx, input }) => {
      const { settings } = ctx.services;
      const now_ms = ctx.services.now();
      const survey = await findSurvey(ctx.tx, { id: input.id, programId: ctx.programId });
      if (survey === null) throw notFound('survey');
      unwrap(mayAnswer(survey, new Date(now_ms)));
      const url = surveyLink(settings, survey.id, now_ms);
      return { url, expiresAt: iso(new Date(addDays(now_ms, LINK_DAYS))) };
    }),

  /** A member's answer, or another in its place while the survey is open. Whoever would recommend us gets a link to share. */
  answer: decidedMutation('members:write')
    .input(z.strictObject({ id, memberId: id, answers, wait_ms: waitMs }))
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const { settings } = ctx.services;
      const now = new Date(ctx.services.now());
      const survey = await findSurvey(tx, { id: input.id, programId });
      if (survey === null || survey.memberId !== input.memberId) throw notFound('survey');
      const questions = await questionsFor(tx, survey, now.getTime());
      const awaited = input.wait_ms > 0;
      const { eventId, promoter } = unwrap(
        await submitAnswer(tx, { survey, questions, answers: input.answers, actor, now, awaited }),
      );
      const url = `${settings.publicUrl.replace(/\/$/, '')}/r/${survey.member.referralCode}`;
      return accepted(survey.id, eventId, promoter ? { url } : null);
    }),

  /** Withdraws a survey that nobody has answered. */
  cancel: mutation('surveys:write')
    .input(z.strictObject({ id, note }))
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const survey = await findSurvey(tx, { id: input.id, programId });
      if (survey === null) throw notFound('survey');
      unwrap(nextSurvey(survey.status, 'cancel'));
      const now = new Date(ctx.services.now());
      const detail = { note: input.note ?? null };
      const type = 'survey.cancelled';
      const workflowId = surveyWorkflow(survey.id);
      const eventId = await insertCommand(tx, {
        programId,
        type,
        workflowId,
        payload: { actor, ...detail },
        now,
      });
      await audit(tx, { programId, actor, action: type, subject: survey.id, detail: { ...detail, eventId } });
      return { surveyId: survey.id, eventId, status: 'accepted' as const };
    }),

  /** What came of a survey of the policy, by version and period. */
  results: query()
    .input(resultsInput)
    .query(({ ctx, input }) => readResults(ctx.services.db, ctx.programId, input, ctx.services.now())),

  comments: query()
    .input(commentsInput)
    .query(({ ctx, input }) => readComments(ctx.services.db, ctx.programId, input)),

  /** What operators are to look at: answers of 6 or less. */
  detractors: query()
    .input(detractorsInput)
    .query(({ ctx, input }) => readDetractors(ctx.services.db, ctx.programId, input)),

  /** Says that an operator has dealt with an answer, and how. An answer that is changed afterwards is open again. */
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

  /** Records a change that answers led to; those who gave them are told. */
  improve: mutation('surveys:write')
    .input(improveInput)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const author = { programId, actor, now: new Date(ctx.services.now()) };
      const { row, told } = await makeImprovement(tx, author, input);
      const detail = { answers: input.surveyIds.length, told };
      await audit(tx, { programId, actor, action: 'improvement.made', subject: row.id, detail });
      return { ...improvementView({ ...row, _count: { answers: input.surveyIds.length } }), told };
    }),

  /** Links more answers to an improvement; members who were told of it are not told again. */
  linkAnswers: mutation('surveys:write')
    .input(linkInput)
    .mutation(async ({ ctx, input: { improvementId, surveyIds } }) => {
      const { tx, programId, actor } = ctx;
      const where = { programId_id: { programId, id: improvementId } };
      if ((await tx.improvement.findUnique({ where, select: { id: true } })) === null)
        throw notFound('improvement');
      const told = await linkAnswers(tx, programId, improvementId, surveyIds);
      const detail = { answers: surveyIds.length, told };
      await audit(tx, { programId, actor, action: 'improvement.linked', subject: improvementId, detail });
      return { improvementId, told };
    }),

  improvements: query()
    .input(z.strictObject({ ...pageFields }).prefault({}))
    .query(async ({ ctx, input: { cursor, limit } }) => {
      const rows = await ctx.services.db.improvement.findMany({
        where: { programId: ctx.programId, ...after(cursor) },
        include: { _count: { select: { answers: true } } },
        orderBy: newestFirst(),
        take: limit + 1,
      });
      return pageOf(rows, limit, encodePosition, improvementView);
    }),
});

/** The answer before the decision. */
export interface AnswerTaken {
  readonly surveyId: string;
  readonly eventId: string;
  readonly status: 'accepted' | 'decided';
  readonly outcome: Outcome | null;
  /** The member's own link, for whoever would recommend us. */
  readonly share: { readonly url: string } | null;
}

const accepted = (surveyId: string, eventId: string, share: AnswerTaken['share']): AnswerTaken => ({
  surveyId,
  eventId,
  status: 'accepted',
  outcome: null,
  share,
});
