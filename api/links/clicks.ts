import { z } from 'zod';
import { lowestIdAt } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { notFound } from '../http/errors.ts';
import { idAnswer } from '../trpc/answers.ts';
import { id, instant } from '../trpc/schemas.ts';

/** A click is found by its time, so the span bounds what is read. */
const SPAN_DAYS_MAX = 400;
const DAY_MS = 86_400_000;

/** Anyone may write any `utm_source`, so that an answer has the most frequent ones alone. */
const SOURCES_MAX = 20;
const REST = '(other)';

export const linkClicksInput = z
  .strictObject({
    id,
    from: instant.meta({
      description: 'Only clicks at this time or later.',
      examples: ['2026-01-01T00:00:00Z'],
    }),
    to: instant.meta({
      description: `Only clicks before this time; at most ${SPAN_DAYS_MAX} days after \`from\`.`,
      examples: ['2026-02-01T00:00:00Z'],
    }),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
    path: ['to'],
    message: 'must lie after from',
  })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= SPAN_DAYS_MAX * DAY_MS, {
    path: ['to'],
    message: `must lie at most ${SPAN_DAYS_MAX} days after from`,
  });

export const linkClicksAnswer = z
  .strictObject({
    linkId: idAnswer,
    timeZone: z.string().meta({ description: 'The program’s, in which days begin.', examples: ['UTC'] }),
    clicks: z
      .number()
      .int()
      .meta({ description: 'All that are counted below.', examples: [3] }),
    items: z
      .array(
        z
          .strictObject({
            day: z.string().meta({ format: 'date', examples: ['2026-01-15'] }),
            source: z
              .string()
              .nullable()
              .meta({
                description:
                  'The `utm_source` that the click came with, in lower case, or else the network whose ' +
                  `click id it had; null: neither. Of more than ${SOURCES_MAX} sources the rarer ones are ` +
                  `\`${REST}\`.`,
                examples: ['newsletter'],
              }),
            clicks: z
              .number()
              .int()
              .meta({ examples: [3] }),
          })
          .meta({ id: 'LinkClicksOfDay' }),
      )
      .meta({ description: 'By day, and within a day the most frequent source first; no zeros.' }),
  })
  .meta({ id: 'LinkClicks', description: 'How often people followed a link, by day and source.' });

interface CountRow {
  readonly day: string;
  readonly source: string | null;
  readonly clicks: number;
}

/**
 * Counts a link's clicks by day and source; clicks of one visitor within an hour are one. A click's id begins
 * with its time, so the primary key finds a program's clicks of a span, of which the link's are counted.
 * Refusal: `not_found`.
 */
export async function countClicks(
  db: Database,
  programId: string,
  input: z.infer<typeof linkClicksInput>,
): Promise<z.infer<typeof linkClicksAnswer>> {
  const link = { programId_id: { programId, id: input.id } };
  if ((await db.link.findUnique({ where: link, select: { id: true } })) === null) throw notFound('link');
  const { timeZone } = await db.program.findUniqueOrThrow({
    where: { id: programId },
    select: { timeZone: true },
  });
  const [first, end] = [input.from, input.to].map((at) => lowestIdAt(Math.max(0, Date.parse(at))));
  const items = await db.$queryRaw<CountRow[]>`
    WITH counted AS MATERIALIZED (
      SELECT to_char(occurred_at AT TIME ZONE ${timeZone}::text, 'YYYY-MM-DD') AS day, source, count(*) AS n
      FROM touches
      WHERE program_id = ${programId}::uuid AND id >= ${first}::uuid AND id < ${end}::uuid
        AND link_id = ${input.id}::uuid
      GROUP BY 1, 2
    ), frequent AS (
      SELECT source FROM counted WHERE source IS NOT NULL
      GROUP BY source ORDER BY sum(n) DESC, source LIMIT ${SOURCES_MAX}::int
    )
    SELECT day, CASE WHEN source IS NULL OR source IN (SELECT source FROM frequent)
                     THEN source ELSE ${REST}::text END AS source, sum(n)::int AS clicks
    FROM counted GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2 NULLS LAST`;
  return {
    linkId: input.id,
    timeZone,
    clicks: items.reduce((sum, { clicks }) => sum + clicks, 0),
    items,
  };
}
