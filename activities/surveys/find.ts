import { FRESH_MS } from '../../domain/surveys/moments.ts';
import type { SurveyRule } from '../../domain/surveys/policy.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { latestVersion } from '../../engine/policies/latest.ts';
import { programStatusSql } from '../../engine/programs/status.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import { askMember } from './ask-member.ts';
import { type Candidate, candidatesSql } from './candidates.ts';
import { callForSurveys } from './make.ts';

/** Members looked at for one survey in one go. */
const PAGE = 200;
/** Members asked at once; each holds a connection of the pool that workflows need too. */
const LANES = 4;

/** A row may be dated a little earlier than its commit, so each search includes the last minutes again. */
const OVERLAP_MS = 10 * MINUTE_MS;
/**
 * A survey acts within seconds of its turn; after this its workflow is lost, or the server was restored to an
 * older state.
 */
const OVERDUE_MS = HOUR_MS;
const WOKEN_MAX = 1_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

export interface Found {
  /** Members looked at. */
  readonly looked: number;
  /** There is more to look at now. */
  readonly more: boolean;
}

/**
 * Finds members whose moment has come and asks the surveys that are due, a page for every survey of every
 * live program. Stores how far it got, so that each run continues where the last one stopped. A repeated run
 * asks nobody twice.
 */
export async function findMoments(
  deps: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<Found> {
  const programs = await deps.db.$queryRaw<{ id: string; version: number }[]>`
    SELECT p.id::text, v.version FROM programs p
    JOIN policy_versions v ON v.program_id = p.id AND v.version = ${latestVersion(Prisma.sql`p.id`)}
    WHERE ${programStatusSql(now_ms)} = 'live' AND v.body -> 'surveys' IS NOT NULL ORDER BY p.id`;
  let [looked, more] = [0, false];
  for (const { id: programId, version } of programs) {
    const { surveys = [] } = await deps.policies.load(deps.db, programId, version);
    for (const survey of surveys) {
      const page = await lookAtPage(deps, programId, survey, now_ms);
      looked += page.looked;
      more ||= page.more;
    }
  }
  return { looked, more };
}

async function lookAtPage(
  deps: ActivityDeps,
  programId: string,
  survey: SurveyRule,
  now_ms: number,
): Promise<Found> {
  const { moment } = survey;
  const days = 'days' in moment ? moment.days : 0;
  const offset_ms = days * DAY_MS + (survey.delay_hours ?? 0) * HOUR_MS;
  const name = `${survey.id}:${moment.on}:${offset_ms}`;
  const where = { programId_name: { programId, name } };
  const mark = await deps.db.surveyMark.findUnique({ where });
  const oldest_ms = now_ms - FRESH_MS;
  const fromMark = mark !== null && mark.reachedAt.getTime() > oldest_ms;
  const span = {
    programId,
    from: new Date((fromMark ? mark.reachedAt.getTime() : oldest_ms) - offset_ms),
    after: fromMark ? mark.memberId : FIRST,
    to: new Date(now_ms - offset_ms),
    limit: PAGE,
  };
  const members = await deps.db.$queryRaw<Candidate[]>(candidatesSql(moment.on, span));
  await inLanes(members, ({ memberId }) => askMember(deps, { programId, memberId, now_ms }));
  const last = members.at(-1);
  const more = members.length === PAGE && last !== undefined;
  const reached = more
    ? { reachedAt: new Date(last.at.getTime() + offset_ms), memberId: last.memberId }
    : { reachedAt: new Date(now_ms - OVERLAP_MS), memberId: FIRST };
  await deps.db.surveyMark.upsert({ where, create: { programId, name, ...reached }, update: reached });
  return { looked: members.length, more };
}

/** Does each once, some at a time. */
async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/**
 * Wakes the workflows of surveys whose turn has passed and that did not act, once for each turn. Returns how
 * many.
 */
export async function wakeSurveys(
  { db }: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<{ woken: number }> {
  const overdue = await db.survey.findMany({
    where: { turnAt: { lt: new Date(now_ms - OVERDUE_MS) } },
    orderBy: { turnAt: 'asc' },
    take: WOKEN_MAX,
    select: { programId: true, id: true, turnAt: true },
  });
  const calls = overdue.map(({ programId, id, turnAt }) => ({
    programId,
    surveyId: id,
    key: `survey.overdue:${id}:${turnAt?.toISOString()}`,
    at: new Date(now_ms),
  }));
  return { woken: await callForSurveys(db, calls) };
}
