import { z } from 'zod';
import { isSurveyEnd, nextSurvey, SURVEY_STATUSES } from '../../domain/surveys/survey.ts';
import { addDays } from '../../domain/time.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { surveyWorkflow } from '../../engine/events/workflow-ids.ts';
import { LINK_DAYS, surveyLink } from '../../engine/surveys/link.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { sendCommand } from '../trpc/commands.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { given } from '../trpc/given.ts';
import { decidedMutation, mutation, query } from '../trpc/procedures.ts';
import { id, note, pageFields, waitMs } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { findSurvey, questionsFor } from './find.ts';
import { mayAnswer, submitAnswer } from './submit.ts';
import { surveyDetailView, surveyView } from './views.ts';

/** Stages in which a member may answer. */
const OPEN = SURVEY_STATUSES.filter((status) => !isSurveyEnd(status) && status !== 'scheduled');

/** Answers by question id; whether they fit, the survey's questions say. */
const answers = z
  .record(z.string().min(1).max(50), z.union([z.number(), z.string().max(10_000)]))
  .refine((given) => Object.keys(given).length <= 20, 'at most 20 answers');

/** The procedures about one member's surveys: showing them, answering, withdrawing. */
export const memberSurveyProcedures = {
  /**
   * Surveys, the newest first; of one member, one survey of the policy or one stage when given. The stage
   * `open` means every stage in which a member may answer.
   */
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
    .query(async ({ ctx, input: { status: stage, ...input } }) => {
      const status = stage === 'open' ? { in: OPEN } : stage;
      const rows = await ctx.services.db.survey.findMany(
        newest({ programId: ctx.programId, ...given({ status }) }, input),
      );
      return newestPage(rows, input, surveyView);
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

  /** A new link, where the member answers without signing in: for hosts that send their own messages. */
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

  /**
   * A member's answer; it replaces an earlier one while the survey is open. A promoter gets a link to share.
   */
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
      const survey = await findSurvey(ctx.tx, { id: input.id, programId: ctx.programId });
      if (survey === null) throw notFound('survey');
      unwrap(nextSurvey(survey.status, 'cancel'));
      const answer = await sendCommand(ctx, {
        type: 'survey.cancelled',
        workflowId: surveyWorkflow(survey.id),
        subject: survey.id,
        detail: { note: input.note ?? null },
      });
      return { surveyId: survey.id, ...answer };
    }),
};

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
