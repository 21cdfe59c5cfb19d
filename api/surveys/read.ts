import { isSurveyEnd, SURVEY_STATUSES } from '../../domain/surveys/survey.ts';
import { surveyLink } from '../../engine/surveys/link.ts';
import type { Database } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { Services } from '../context.ts';
import { newest, newestPage, type PageRequest } from '../trpc/cursor.ts';
import { surveyView } from './views.ts';

/** Stages in which a member may answer. */
export const OPEN_STATUSES = SURVEY_STATUSES.filter(
  (status) => !isSurveyEnd(status) && status !== 'scheduled',
);

/** A page of the surveys that a condition selects, the newest first. */
export async function readSurveys(
  db: Database,
  where: Prisma.SurveyWhereInput & { readonly programId: string },
  input: PageRequest,
) {
  return newestPage(await db.survey.findMany(newest(where, input)), input, surveyView);
}

/** A page of the surveys that a member may answer now, each with a new link for the member alone. */
export async function readOpenSurveys(
  { db, settings, now }: Pick<Services, 'db' | 'settings' | 'now'>,
  who: { readonly programId: string; readonly memberId: string },
  input: PageRequest,
) {
  const now_ms = now();
  const OR = [{ closesAt: null }, { closesAt: { gt: new Date(now_ms) } }];
  const { items, nextCursor } = await readSurveys(db, { ...who, status: { in: OPEN_STATUSES }, OR }, input);
  return {
    items: items.map((survey) => ({ ...survey, url: surveyLink(settings, survey.id, now_ms) })),
    nextCursor,
  };
}
