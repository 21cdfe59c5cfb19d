import type { SurveyMoment } from '../../domain/surveys/policy.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** Members whose moment may have come between two times, in the order of time; `after` breaks ties. */
export interface CandidateSpan {
  readonly programId: string;
  readonly from: Date;
  readonly after: string;
  readonly to: Date;
  readonly limit: number;
}

export interface Candidate {
  readonly memberId: string;
  readonly at: Date;
}

/**
 * An event's id begins with its time of arrival. Clocks and batches may set that a little apart from its
 * `received_at`.
 */
const ID_SLACK_MS = HOUR_MS;

/** The least UUID of version 7 that is made at a time. */
const leastId = (at_ms: number): string => {
  const hex = Math.max(0, at_ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

/**
 * Builds the query that finds candidates for a moment. Each candidate is then checked on its own: the query
 * may return members who need no survey, but must not miss any whose own workflow does not look after them. A
 * silence is found by its end: an event that no later event of the member follows.
 */
export function candidatesSql(on: SurveyMoment['on'], span: CandidateSpan): Prisma.Sql {
  switch (on) {
    case 'first_reward':
      return pageOf(
        span,
        (bounds) => Prisma.sql`
        SELECT member_id, created_at AS at FROM rewards
        WHERE program_id = ${span.programId}::uuid
          AND ${bounds(Prisma.sql`created_at`, Prisma.sql`member_id`)}`,
      );
    case 'redemption':
      return pageOf(
        span,
        (bounds) => Prisma.sql`
        SELECT member_id, updated_at AS at FROM redemptions
        WHERE program_id = ${span.programId}::uuid AND status = 'settled'
          AND ${bounds(Prisma.sql`updated_at`, Prisma.sql`member_id`)}`,
      );
    case 'days_after_signup':
      return pageOf(span, joinedSql(span, Prisma.sql`true`));
    case 'lapse': {
      const silent = Prisma.sql`NOT EXISTS (
        SELECT 1 FROM events WHERE program_id = m.program_id AND subject = m.external_id)`;
      const joined = joinedSql(span, silent);
      return pageOf(
        span,
        (bounds) => Prisma.sql`
        (${joined(bounds)} ORDER BY 2, 1 LIMIT ${span.limit}) UNION ALL (
        SELECT m.id AS member_id, e.received_at AS at
        FROM events e JOIN members m ON m.program_id = e.program_id AND m.external_id = e.subject
        WHERE e.program_id = ${span.programId}::uuid
          AND e.id >= ${leastId(span.from.getTime() - ID_SLACK_MS)}::uuid
          AND e.id < ${leastId(span.to.getTime() + ID_SLACK_MS)}::uuid
          AND ${bounds(Prisma.sql`e.received_at`, Prisma.sql`m.id`)}
          AND NOT EXISTS (
            SELECT 1 FROM events l
            WHERE l.program_id = e.program_id AND l.subject = e.subject AND l.seq > e.seq)
        ORDER BY 2, 1 LIMIT ${span.limit})`,
      );
    }
  }
}

type Bounds = (at: Prisma.Sql, member: Prisma.Sql) => Prisma.Sql;

const joinedSql = (span: CandidateSpan, which: Prisma.Sql) => (bounds: Bounds) =>
  Prisma.sql`
  SELECT m.id AS member_id, coalesce(m.signed_up_at, m.created_at) AS at FROM members m
  WHERE m.program_id = ${span.programId}::uuid AND ${which}
    AND ${bounds(Prisma.sql`coalesce(m.signed_up_at, m.created_at)`, Prisma.sql`m.id`)}`;

function pageOf({ from, after, to, limit }: CandidateSpan, rows: (bounds: Bounds) => Prisma.Sql): Prisma.Sql {
  const bounds: Bounds = (at, member) =>
    Prisma.sql`(${at}, ${member}) > (${from}::timestamptz, ${after}::uuid) AND ${at} <= ${to}::timestamptz`;
  return Prisma.sql`
    SELECT DISTINCT found.at, found.member_id::text AS "memberId"
    FROM (${rows(bounds)}) found ORDER BY 1, 2 LIMIT ${limit}`;
}
