import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SurveyQuestion } from '../../domain/surveys/questions.ts';
import { readSurveyToken } from '../../engine/surveys/link.ts';
import type { Services } from '../context.ts';
import { failInPages } from '../http/error-page.ts';
import { ApiError } from '../http/errors.ts';
import { FORM, takeForms } from '../http/forms.ts';
import { sendPage } from '../http/page.ts';
import { addressOf } from '../links/view.ts';
import { readingForAnyone } from '../trpc/reading.ts';
import { type FoundSurvey, findSurvey, questionsFor } from './find.ts';
import { FIELD_PREFIX, formPage, SURVEY_PAGE_POLICY, sentencePage, thanksPage } from './page.ts';
import { mayAnswer, submitAnswer } from './submit.ts';
import { type PageTexts, textsFor } from './texts.ts';

type TokenRequest = FastifyRequest<{ Params: { token: string } }>;

/** Ten comments of the longest kind, every character of them escaped. */
const FORM_BYTES_MAX = 262_144;

/**
 * The page behind the link that a member is sent: whoever has the link may answer, and change the answer
 * until the survey is closed.
 */
export function registerSurveys(app: FastifyInstance, services: Services): void {
  // In a scope of its own: nothing else here takes forms.
  app.register(async (scope) => {
    takeForms(scope, FORM_BYTES_MAX);
    failInPages(scope, services.metrics);
    scope.get('/s/:token', async (req: TokenRequest, reply) => {
      const from = readingForAnyone(services);
      const opened = await open(from, req, reply);
      return opened === null ? reply : show(from, reply, opened, null);
    });
    scope.post('/s/:token', async (req: TokenRequest, reply) => {
      if (typeof req.body !== 'string') throw new ApiError('media_type_unsupported', `Send ${FORM}.`);
      const from = readingForAnyone(services);
      const opened = await open(from, req, reply);
      return opened === null ? reply : take(from, reply, opened, req.body);
    });
  });
}

interface Opened {
  readonly survey: FoundSurvey;
  readonly questions: readonly SurveyQuestion[];
  readonly texts: PageTexts;
}

/** The survey that a link names, when it can be answered; else the answer is sent, and null. */
async function open(
  { db, settings, now }: Services,
  req: TokenRequest,
  reply: FastifyReply,
): Promise<Opened | null> {
  const now_ms = now();
  const visitor = textsFor(req.headers['accept-language'] ?? '');
  const token = readSurveyToken(settings.linkSecret, req.params.token, now_ms);
  const survey = token.ok ? await findSurvey(db, { id: token.surveyId }) : null;
  if (survey === null) {
    const expired = !token.ok && token.reason === 'expired';
    const [status, sentence] = expired ? ([410, visitor.expired] as const) : ([404, visitor.forged] as const);
    html(reply.code(status), sentencePage(visitor, sentence));
    return null;
  }
  req.programId = survey.programId;
  const texts = textsFor(survey.member.locale);
  const may = mayAnswer(survey, new Date(now_ms));
  if (!may.ok) {
    const [status, sentence] =
      may.code === 'survey_closed' ? ([410, texts.closed] as const) : ([409, texts.early] as const);
    html(reply.code(status), sentencePage(texts, sentence));
    return null;
  }
  return { survey, texts, questions: await questionsFor(db, survey, now_ms) };
}

interface Refused {
  readonly sentence: string;
  readonly answers: Readonly<Record<string, unknown>>;
}

async function show(
  { db }: Services,
  reply: FastifyReply,
  { survey, questions, texts }: Opened,
  refused: Refused | null,
): Promise<FastifyReply> {
  const { name: programName } = await db.program.findUniqueOrThrow({
    where: { id: survey.programId },
    select: { name: true },
  });
  const current = survey.answer?.answers as Readonly<Record<string, unknown>> | undefined;
  const page = formPage({
    texts,
    locale: survey.member.locale,
    programName,
    questions,
    answers: refused?.answers ?? current ?? {},
    hasAnswered: current !== undefined,
    closesAt: survey.closesAt,
    error: refused?.sentence ?? null,
  });
  return html(refused === null ? reply : reply.code(400), page);
}

async function take(
  services: Services,
  reply: FastifyReply,
  opened: Opened,
  body: string,
): Promise<FastifyReply> {
  const { writes, settings, now } = services;
  const { survey, questions, texts } = opened;
  const answers = answersIn(body, questions);
  const submission = { survey, questions, answers, actor: 'link', now: new Date(now()), awaited: false };
  const submitted = await writes.run(survey.programId, (tx) => submitAnswer(tx, submission));
  if (submitted.ok) {
    const share = addressOf(settings, survey.member.referralCode);
    return html(reply, thanksPage(texts, submitted.value.promoter ? share : null));
  }
  if (submitted.code === 'survey_closed') return html(reply.code(410), sentencePage(texts, texts.closed));
  const sentence = texts.refusals[submitted.code] ?? texts.wrong;
  return await show(services, reply, opened, { sentence, answers });
}

/** The answers in a form: numbers where numbers are asked for, and what was left blank is left out. */
function answersIn(body: string, questions: readonly SurveyQuestion[]): Readonly<Record<string, unknown>> {
  const numeric = new Set(
    questions.filter(({ kind }) => kind === 'nps' || kind === 'scale').map(({ id }) => id),
  );
  const answers = new Map<string, unknown>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (!name.startsWith(FIELD_PREFIX) || value === '') continue;
    const id = name.slice(FIELD_PREFIX.length);
    answers.set(id, numeric.has(id) && /^-?\d{1,3}$/.test(value) ? Number(value) : value);
  }
  return Object.fromEntries(answers);
}

const html = (reply: FastifyReply, page: string) => sendPage(reply, page, SURVEY_PAGE_POLICY);
