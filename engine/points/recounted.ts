import { asksOrdinal } from '../../domain/points/count.ts';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import type { ProgramStatus } from '../../domain/programs/program.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Policies } from '../policies/in-force.ts';
import { latestVersion } from '../policies/latest.ts';
import { programStatusSql } from '../programs/status.ts';
import { creditedReferral, qualifiedThen } from './credited.ts';
import {
  ACTION_KEY,
  ASKED_REFERRER,
  MOVED_COLUMNS,
  MOVED_EVENT,
  type MovedAction,
  type MovedBy,
  type MovedRow,
  movedOf,
  seenBefore,
} from './moved.ts';

/** A member whose actions are asked again, and who is credited with their signup. */
export interface Recounted extends MovedBy {
  /** Of the policy version in force; null: it has no points. */
  readonly points: PointsPolicy | null;
}

/** Reads a member whose actions are to be asked again. */
export async function readRecounted(
  tx: Tx,
  policies: Policies,
  { programId, memberId, now_ms }: { programId: string; memberId: string; now_ms: number },
): Promise<Recounted> {
  const [row] = await tx.$queryRaw<
    {
      programStatus: ProgramStatus;
      zone: string;
      signedUpAt: Date | null;
      policyVersion: number;
      referrerId: string | null;
    }[]
  >`
    SELECT ${programStatusSql(now_ms)}::text AS "programStatus", coalesce(m.time_zone, p.time_zone) AS zone,
      m.signed_up_at AS "signedUpAt", ${latestVersion(Prisma.sql`m.program_id`)} AS "policyVersion",
      r.referrer_id::text AS "referrerId"
    FROM members m JOIN programs p ON p.id = m.program_id
    ${creditedReferral(Prisma.sql`'infinity'::timestamptz`)}
    WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid`;
  if (row === undefined) throw new Error(`member ${memberId} does not exist`);
  const { signedUpAt, zone, ...more } = row;
  const { points = null } = await policies.load(tx, programId, row.policyVersion);
  const actor = { id: memberId, zone, signed_up_at_ms: signedUpAt?.getTime() ?? null };
  return { programId, actor, points, ...more };
}

interface Row extends MovedRow {
  readonly number: number | null;
  readonly referrerNow: string | null;
  readonly signupNow: Date | null;
  readonly countNow: number | null;
}

/**
 * The member's counted actions of which rules see another referrer now than they saw, where they saw none,
 * another signup, or another count: the earliest first, at most so many. What was credited to somebody who is
 * not the referrer any more stays, as after a referral was moved or cancelled. The caller has locked the
 * member and the referrer.
 */
export async function readRecountedActions(
  tx: Tx,
  policies: Policies,
  by: Recounted,
  max: number,
): Promise<MovedAction[]> {
  const { programId, actor, points } = by;
  const rows = await tx.$queryRaw<Row[]>`
    SELECT ${MOVED_COLUMNS}, ${numberOf(points)} AS number, a.referrer_now::text AS "referrerNow",
      a.signup_now AS "signupNow", a.count_now AS "countNow"
    FROM (
      SELECT a.*, ${ASKED_REFERRER} AS asked_by, r.referrer_id AS referrer_now, m.signed_up_at AS signup_now,
        CASE WHEN a.asked_count IS NOT NULL THEN coalesce(${countOf(programId)}, 0) END AS count_now
      FROM member_actions a JOIN members m ON m.program_id = a.program_id AND m.id = a.member_id
      ${creditedReferral(Prisma.sql`a.occurred_at`)}
      WHERE a.program_id = ${programId}::uuid AND a.member_id = ${actor.id}::uuid
        AND a.asked_again IS NOT NULL) a
    ${MOVED_EVENT}
    WHERE (a.asked_by IS NULL OR a.asked_by = a.referrer_now) AND (
      a.asked_by IS DISTINCT FROM a.referrer_now OR a.asked_signup_at IS DISTINCT FROM a.signup_now
      OR a.asked_count IS DISTINCT FROM a.count_now)
    ORDER BY a.occurred_at, a.event_id LIMIT ${max}`;
  const moved: MovedAction[] = [];
  for (const row of rows) {
    const number = row.number ?? 1;
    const now = {
      number,
      referrerId: row.referrerNow,
      qualifiedCount: row.countNow ?? 0,
      signed_up_at_ms: row.signupNow?.getTime() ?? null,
    };
    const seen = { before: { ...seenBefore(row, by), number }, now, mark: `again:${(row.again ?? 0) + 1}` };
    moved.push(await movedOf(tx, policies, by, row, seen));
  }
  return moved;
}

const countOf = (programId: string) =>
  qualifiedThen(programId, {
    referrerId: Prisma.sql`r.referrer_id`,
    memberId: Prisma.sql`a.member_id`,
    type: Prisma.sql`a.type`,
    occurred_at: Prisma.sql`a.occurred_at`,
    key: ACTION_KEY,
  });

/** SQL: the number by which rules were asked; where two accounts were merged since, the one that it has. */
function numberOf(points: PointsPolicy | null): Prisma.Sql {
  const asking = (points?.rules ?? []).filter(({ event }) => points !== null && asksOrdinal(points, event));
  const types = [...new Set(asking.map(({ event }) => event))];
  return Prisma.sql`CASE WHEN a.number IS NULL AND a.type = ANY(${types}::text[]) THEN (
      SELECT count(*)::int + 1 FROM member_actions b
      WHERE b.program_id = a.program_id AND b.member_id = a.member_id AND b.type = a.type
        AND b.occurred_at <= a.occurred_at AND (b.occurred_at < a.occurred_at OR coalesce((
          SELECT k.key FROM events k WHERE k.program_id = b.program_id AND k.id = b.event_id), '')
          < ${ACTION_KEY})) ELSE a.number END`;
}
