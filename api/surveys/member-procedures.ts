import { z } from 'zod';
import { nextSurvey, SURVEY_STATUSES } from '../../domain/surveys/survey.ts';
import { addDays } from '../../domain/time.ts';
import { surveyWorkflow } from '../../engine/events/workflow-ids.ts';
import { LINK_DAYS, surveyLink } from '../../engine/surveys/link.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { addressOf } from '../links/view.ts';
import { sendCommand } from '../trpc/commands.ts';
import { given } from '../trpc/given.ts';
import { byMemberId, memberIdOf } from '../trpc/lookups.ts';
import { decidedMutation, mutation, query } from '../trpc/procedures.ts';
import { boundedRecord, id, note, pageFields, waitMs } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { anyMember, MEMBER, oneMember } from '../trpc/which-member.ts';
import {
  surveyCancelAnswer,
  surveyDetailAnswer,
  surveyLinkAnswer,
  surveySubmittedAnswer,
  surveysAnswer,
} from './answers.ts';
import { findSurvey, questionsFor } from './find.ts';
import { OPEN_STATUSES, readSurveys } from './read.ts';
import { mayAnswer, SUBMISSIONS_MAX, submitAnswer } from './submit.ts';
import { surveyDetailView } from './views.ts';

/** Answers by question id; whether they fit, the survey's questions say. */
const answers = boundedRecord(
  z.string().min(1).max(50),
  z.union([z.number(), z.string().max(10_000)]),
  20,
).meta({
  description: 'By question id: the score, the step, the id of the option, or the comment.',
  examples: [{ nps: 9, comment: 'Quick and friendly' }],
});

const listInput = anyMember([{ ...MEMBER, about: 'Only surveys of this member.' }], {
  ...pageFields,
  ruleId: z.string().min(1).max(50).optional().meta({ description: 'Only this survey of the policy.' }),
  status: z
    .union([z.enum(SURVEY_STATUSES), z.literal('open')])
    .optional()
    .meta({ description: 'Only this stage; open: every stage in which a member may answer.' }),
}).prefault({});

/** What a survey refuses whose time has not come or is over. */
const CLOSED =
  'Refuses with `stage_forbids` before the survey is asked, and with `survey_closed` once it is over';

/** The procedures about one member's surveys: showing them, answering, withdrawing. */
export const memberSurveyProcedures = {
  list: query()
    .meta({
      rest: 'listSurveys GET /surveys',
      doc:
        'Lists surveys, the newest first; of one member, one survey of the policy or one stage when ' +
        'given. The stage `open` means every stage in which a member may answer.',
    })
    .input(listInput)
    .output(surveysAnswer)
    .query(async ({ ctx: { services, programId }, input: { status: stage, ...input } }) => {
      const status = stage === 'open' ? { in: OPEN_STATUSES } : stage;
      const asked = await byMemberId(services.db, programId, input);
      return await readSurveys(services.db, { programId, ...given({ status }) }, asked);
    }),

  get: query()
    .meta({
      rest: 'getSurvey GET /surveys/{id}',
      doc: 'Returns a survey with its questions and its answer. Refuses with `not_found`.',
    })
    .input(z.strictObject({ id }))
    .output(surveyDetailAnswer)
    .query(async ({ ctx, input }) => {
      const { db, now } = ctx.services;
      const survey = await findSurvey(db, { id: input.id, programId: ctx.programId });
      if (survey === null) throw notFound('survey');
      return surveyDetailView(survey, await questionsFor(db, survey, now()));
    }),

  link: mutation()
    .meta({
      rest: 'createSurveyLink POST /surveys/{id}/link',
      doc:
        'Returns a new link, where the member answers without signing in. It is for hosts that send ' +
        `their own messages, and for the member alone. ${CLOSED}.`,
    })
    .input(z.strictObject({ id }))
    .output(surveyLinkAnswer)
    .mutation(async ({ ctx, input }) => {
      const { settings } = ctx.services;
      const now_ms = ctx.services.now();
      const survey = await findSurvey(ctx.tx, { id: input.id, programId: ctx.programId });
      if (survey === null) throw notFound('survey');
      unwrap(mayAnswer(survey, new Date(now_ms)));
      const url = surveyLink(settings, survey.id, now_ms);
      return { url, expiresAt: iso(new Date(addDays(now_ms, LINK_DAYS))) };
    }),

  answer: decidedMutation()
    .meta({
      rest: 'answerSurvey POST /surveys/{id}/answer',
      doc:
        "Takes a member's answer, which replaces an earlier one while the survey is open. A promoter " +
        'gets a link to share. The decision comes later: with `wait_ms` the call waits for it, and ' +
        `answers \`decided\` with the \`outcome\` when it comes in time. ${CLOSED} or the answer was ` +
        `changed ${SUBMISSIONS_MAX} times, with \`answer_empty\`, \`answer_question_unknown\`, ` +
        '`answer_kind_wrong`, `answer_out_of_range`, `answer_option_unknown` or `answer_too_long` ' +
        "for an answer that does not fit, and with `not_found` for another member's survey.",
    })
    .input(oneMember({ ...MEMBER, about: 'Whose survey it is.' }, { id, answers, wait_ms: waitMs }))
    .output(surveySubmittedAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const { settings } = ctx.services;
      const now = new Date(ctx.services.now());
      const survey = await findSurvey(tx, { id: input.id, programId });
      const memberId = await memberIdOf(tx, programId, input);
      if (survey === null || survey.memberId !== memberId) throw notFound('survey');
      const questions = await questionsFor(tx, survey, now.getTime());
      const awaited = input.wait_ms > 0;
      const { eventId, promoter } = unwrap(
        await submitAnswer(tx, { survey, questions, answers: input.answers, actor, now, awaited }),
      );
      const url = addressOf(settings, survey.member.referralCode);
      return accepted(survey.id, eventId, promoter ? { url } : null);
    }),

  cancel: decidedMutation()
    .meta({
      rest: 'cancelSurvey POST /surveys/{id}/cancel',
      doc:
        'Withdraws a survey that nobody has answered. Its workflow carries this out: `wait_ms` waits for ' +
        'its decision, and `eventId` leads to it later, as with `explain.event`. Refuses with ' +
        '`stage_forbids` once it is answered, and with `survey_closed` when it is over.',
    })
    .input(z.strictObject({ id, note, wait_ms: waitMs }))
    .output(surveyCancelAnswer)
    .mutation(async ({ ctx, input }) => {
      const survey = await findSurvey(ctx.tx, { id: input.id, programId: ctx.programId });
      if (survey === null) throw notFound('survey');
      unwrap(nextSurvey(survey.status, 'cancel'));
      const answer = await sendCommand(ctx, {
        type: 'survey.cancelled',
        workflowId: surveyWorkflow(survey.id),
        subject: survey.id,
        detail: { note: input.note ?? null },
        wait_ms: input.wait_ms,
      });
      return { surveyId: survey.id, ...answer };
    }),
};

type Submitted = z.infer<typeof surveySubmittedAnswer>;

/** The answer before the decision, which `decidedMutation` puts in afterwards. */
const accepted = (surveyId: string, eventId: string, share: Submitted['share']): Submitted => ({
  surveyId,
  eventId,
  status: 'accepted',
  outcome: null,
  share,
});
