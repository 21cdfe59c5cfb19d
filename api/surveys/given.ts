import { z } from 'zod';
import { DETRACTOR_TO, PROMOTER_FROM } from '../../domain/surveys/nps.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { decodePosition, encodePosition, type Page, pageOf } from '../trpc/cursor.ts';
import { pageFields } from '../trpc/schemas.ts';
import { givenView } from './views.ts';

const GROUPS = ['promoter', 'passive', 'detractor'] as const;

export const commentsInput = z
  .strictObject({
    ...pageFields,
    search: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .meta({
        description:
          'Only comments that match it, by the syntax of search engines: words, "phrases", or, -not.',
        examples: ['slow or expensive'],
      }),
    ruleId: z
      .string()
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'Only those of this survey of the policy.' }),
    group: z
      .enum(GROUPS)
      .optional()
      .meta({ description: 'Only those with scores of 9 and 10, of 7 and 8, or from 0 to 6.' }),
  })
  .prefault({});

export const detractorsInput = z
  .strictObject({
    ...pageFields,
    state: z
      .enum(['open', 'handled'])
      .default('open')
      .meta({ description: 'open: no operator has dealt with it yet.' }),
  })
  .prefault({});

interface Key {
  readonly surveyId: string;
}

/** Comments, the newest first; with `search`, only those that match it. */
export async function readComments(
  db: Database,
  programId: string,
  { cursor, limit, search, ruleId, group }: z.infer<typeof commentsInput>,
) {
  const terms = [
    Prisma.sql`a.program_id = ${programId}::uuid AND a.comment IS NOT NULL`,
    ...(search === undefined ? [] : [searchSql(search)]),
    ...(ruleId === undefined ? [] : [Prisma.sql`s.rule_id = ${ruleId}`]),
    ...(group === undefined ? [] : [groupSql(group)]),
  ];
  return await readGiven(db, programId, terms, { cursor, limit });
}

/** Answers of 6 or less, the newest first: the open ones, or those that an operator has handled. */
export function readDetractors(
  db: Database,
  programId: string,
  { cursor, limit, state }: z.infer<typeof detractorsInput>,
) {
  const handled = state === 'open' ? Prisma.sql`a.handled_at IS NULL` : Prisma.sql`a.handled_at IS NOT NULL`;
  const terms = [Prisma.sql`a.program_id = ${programId}::uuid AND a.score <= 6 AND ${handled}`];
  return readGiven(db, programId, terms, { cursor, limit });
}

async function readGiven(
  db: Database,
  programId: string,
  terms: readonly Prisma.Sql[],
  { cursor, limit }: { readonly cursor?: string | null | undefined; readonly limit: number },
): Promise<Page<ReturnType<typeof givenView>>> {
  const from = cursor === null || cursor === undefined ? null : decodePosition(cursor);
  const further =
    from === null ? [] : [Prisma.sql`(a.answered_at, a.survey_id) < (${from.createdAt}, ${from.id}::uuid)`];
  const keys = await db.$queryRaw<Key[]>`
    SELECT a.survey_id::text AS "surveyId"
    FROM survey_answers a JOIN surveys s ON s.program_id = a.program_id AND s.id = a.survey_id
    WHERE ${Prisma.join([...terms, ...further], ' AND ')}
    ORDER BY a.answered_at DESC, a.survey_id DESC LIMIT ${limit + 1}`;
  const rows = await db.surveyAnswer.findMany({
    where: { programId, surveyId: { in: keys.map(({ surveyId }) => surveyId) } },
    include: { survey: true },
  });
  const byId = new Map(rows.map((row) => [row.surveyId, row]));
  const answers = keys.flatMap(({ surveyId }) => byId.get(surveyId) ?? []);
  return pageOf(
    answers,
    limit,
    (row) => encodePosition({ createdAt: row.answeredAt, id: row.surveyId }),
    givenView,
  );
}

/** Searches each comment by the rules of its own language. */
function searchSql(words: string): Prisma.Sql {
  const languages = ['english', 'german', 'simple'].map(
    (language) =>
      Prisma.sql`(a.language = ${language}
        AND a.search @@ websearch_to_tsquery(${language}::regconfig, ${words}))`,
  );
  return Prisma.sql`(${Prisma.join(languages, ' OR ')})`;
}

function groupSql(group: (typeof GROUPS)[number]): Prisma.Sql {
  if (group === 'promoter') return Prisma.sql`a.score >= ${PROMOTER_FROM}`;
  if (group === 'detractor') return Prisma.sql`a.score <= ${DETRACTOR_TO}`;
  return Prisma.sql`a.score > ${DETRACTOR_TO} AND a.score < ${PROMOTER_FROM}`;
}
