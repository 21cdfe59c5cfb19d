import { z } from 'zod';
import { npsGroup, npsOf, responseRate } from '../../domain/surveys/nps.ts';
import type { SurveyQuestion } from '../../domain/surveys/questions.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { instant } from '../trpc/schemas.ts';
import { questionsFor } from './find.ts';
import type { surveyResultsAnswer } from './results-answer.ts';

/** Groups of version and period in one answer; narrower bounds show the rest. */
const GROUPS_MAX = 400;

export const resultsInput = z.strictObject({
  ruleId: z
    .string()
    .min(1)
    .max(50)
    .meta({ description: 'A survey of the policy.', examples: ['nps'] }),
  policyVersion: z
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .meta({ description: 'Only this version of the policy.' }),
  from: instant.optional().meta({ description: 'Only surveys asked from then on.' }),
  to: instant.optional().meta({ description: 'Only surveys asked before then.' }),
  by: z
    .enum(['all', 'month', 'week', 'day'])
    .default('all')
    .meta({ description: "The period that groups the answers, in the program's time zone." }),
});

type ResultsInput = z.infer<typeof resultsInput>;

interface GroupRow {
  readonly policyVersion: number;
  readonly period: string | null;
  readonly asked: bigint;
  readonly answered: bigint;
  /** How many gave each score, from 0 to 10. */
  readonly scores: readonly bigint[];
}

/**
 * The results of a survey, by policy version and period: how many were asked and answered, the NPS with its
 * interval, and how many gave each answer. A survey counts in the period in which it was asked, so that the
 * response rate covers the members who were asked then.
 */
export async function readResults(
  db: Database,
  programId: string,
  input: ResultsInput,
  now_ms: number,
): Promise<z.infer<typeof surveyResultsAnswer>> {
  const condition = surveysSql(programId, input);
  const { timeZone } = await db.program.findUniqueOrThrow({
    where: { id: programId },
    select: { timeZone: true },
  });
  const period = periodSql(input.by, timeZone);
  const score = (step: number) => Prisma.sql`count(*) FILTER (WHERE a.score = ${step}::int)`;
  const scores = Prisma.join(Array.from({ length: 11 }, (_, step) => score(step)));
  const rows = await db.$queryRaw<GroupRow[]>`
    SELECT s.policy_version AS "policyVersion", ${period} AS period,
           count(*) AS asked, count(a.survey_id) AS answered, ARRAY[${scores}] AS scores
    FROM surveys s LEFT JOIN survey_answers a ON a.program_id = s.program_id AND a.survey_id = s.id
    WHERE ${condition} GROUP BY 1, 2 ORDER BY 2 DESC NULLS LAST, 1 DESC LIMIT ${GROUPS_MAX}`;
  const versions = [...new Set(rows.map(({ policyVersion }) => policyVersion))];
  const choices = await readChoices(db, condition, period);
  const questions = new Map<number, readonly SurveyQuestion[]>();
  for (const policyVersion of versions) {
    const survey = { programId, policyVersion, ruleId: input.ruleId };
    questions.set(policyVersion, await questionsFor(db, survey, now_ms));
  }
  const items = rows.map((row) => ({
    policyVersion: row.policyVersion,
    period: row.period,
    ...figuresOf([row]),
    answers: distributionOf(questions.get(row.policyVersion) ?? [], row, choices),
  }));
  return { ruleId: input.ruleId, timeZone, items, total: figuresOf(rows) };
}

const surveysSql = (programId: string, { ruleId, policyVersion, from, to }: ResultsInput) => {
  const terms = [
    Prisma.sql`s.program_id = ${programId}::uuid AND s.rule_id = ${ruleId} AND s.asked_at IS NOT NULL`,
    ...(policyVersion === undefined ? [] : [Prisma.sql`s.policy_version = ${policyVersion}::int`]),
    ...(from === undefined ? [] : [Prisma.sql`s.asked_at >= ${new Date(from)}`]),
    ...(to === undefined ? [] : [Prisma.sql`s.asked_at < ${new Date(to)}`]),
  ];
  return Prisma.join(terms, ' AND ');
};

function periodSql(by: ResultsInput['by'], timeZone: string) {
  if (by === 'all') return Prisma.sql`NULL::text`;
  const form = { month: 'YYYY-MM', week: 'IYYY-"W"IW', day: 'YYYY-MM-DD' }[by];
  return Prisma.sql`to_char(s.asked_at AT TIME ZONE ${timeZone}::text, ${form}::text)`;
}

/** Counts and score of some groups together. */
function figuresOf(rows: readonly GroupRow[]) {
  const scores = Array.from({ length: 11 }, (_, step) =>
    rows.reduce((sum, row) => sum + Number(row.scores[step] ?? 0), 0),
  );
  const inGroup = (group: string) =>
    scores.reduce((sum, count, step) => (npsGroup(step) === group ? sum + count : sum), 0);
  const counts = {
    promoters: inGroup('promoter'),
    passives: inGroup('passive'),
    detractors: inGroup('detractor'),
  };
  const asked = rows.reduce((sum, row) => sum + Number(row.asked), 0);
  const answered = rows.reduce((sum, row) => sum + Number(row.answered), 0);
  return {
    asked,
    answered,
    responseRate: responseRate(asked, answered),
    nps: npsOf(counts),
    ...counts,
    scores,
  };
}

interface ChoiceRow {
  readonly policyVersion: number;
  readonly period: string | null;
  readonly question: string;
  readonly value: string;
  readonly count: bigint;
}

/** How often each short answer was given; comments are for reading. */
function readChoices(db: Database, condition: Prisma.Sql, period: Prisma.Sql): Promise<ChoiceRow[]> {
  return db.$queryRaw<ChoiceRow[]>`
    SELECT s.policy_version AS "policyVersion", ${period} AS period,
           v.key AS question, v.value #>> '{}' AS value, count(*) AS count
    FROM surveys s JOIN survey_answers a ON a.program_id = s.program_id AND a.survey_id = s.id
    CROSS JOIN LATERAL jsonb_each(a.answers) v
    WHERE ${condition} AND length(v.value #>> '{}') <= 50 GROUP BY 1, 2, 3, 4`;
}

type ClosedQuestion = Exclude<SurveyQuestion, { readonly kind: 'comment' }>;

/** Every answer that a question of numbers or options offers, with how many gave it. */
function distributionOf(
  questions: readonly SurveyQuestion[],
  group: Pick<GroupRow, 'policyVersion' | 'period'>,
  rows: readonly ChoiceRow[],
) {
  const counts = new Map(
    rows
      .filter((row) => row.policyVersion === group.policyVersion && row.period === group.period)
      .map(({ question, value, count }) => [`${question} ${value}`, Number(count)]),
  );
  return questions
    .filter((question) => question.kind !== 'comment')
    .map((question) => ({
      questionId: question.id,
      kind: question.kind,
      counts: valuesOf(question).map((value) => ({
        value,
        count: counts.get(`${question.id} ${value}`) ?? 0,
      })),
    }));
}

function valuesOf(question: ClosedQuestion): readonly (number | string)[] {
  if (question.kind === 'choice') return question.options.map(({ id }) => id);
  const [min, max] = question.kind === 'nps' ? [0, 10] : [question.min, question.max];
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
}
