import { toJson } from '../../domain/money.ts';
import {
  type LifetimePoints,
  type Lifetimes,
  lifetimeKey,
  type MemberLevelChange,
} from '../../domain/points/lifetime.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { aboutMember, type OutboxMessage } from '../events/outbox.ts';

/** Reads the lifetime points of members whom the caller has locked, in every unit. */
export async function readLifetimes(
  tx: Tx,
  programId: string,
  memberIds: readonly string[],
): Promise<Lifetimes> {
  const rows = await tx.$queryRaw<LifetimePoints[]>`
    SELECT member_id::text AS "memberId", unit, lifetime_minor, level_id AS "levelId", level_changes
    FROM member_points
    WHERE program_id = ${programId}::uuid AND member_id = ANY(${[...new Set(memberIds)]}::uuid[])
    ORDER BY member_id, unit`;
  return new Map(rows.map((row) => [lifetimeKey(row), row]));
}

/**
 * The common table expressions `lifetime` and `level`: write lifetime points as they are now, and changes of
 * level. The caller has read them under the members' locks.
 */
export function writtenLifetimes(
  programId: string,
  policyVersion: number,
  points: readonly LifetimePoints[],
  changes: readonly MemberLevelChange[],
): Prisma.Sql {
  const levels = changes.map(({ points: { memberId, unit, level_changes, lifetime_minor }, change }) => {
    return { memberId, unit, number: level_changes, lifetime_minor, from: change.from, to: change.to };
  });
  return Prisma.sql`
    lifetime AS (
      INSERT INTO member_points (program_id, member_id, unit, lifetime_minor, level_id, level_changes)
      SELECT ${programId}::uuid, "memberId", unit, lifetime_minor, "levelId", level_changes
      FROM jsonb_to_recordset(${toJsonText(points)}::jsonb) AS p(
        "memberId" uuid, unit text, lifetime_minor bigint, "levelId" text, level_changes int)
      ON CONFLICT (program_id, member_id, unit) DO UPDATE SET lifetime_minor = excluded.lifetime_minor,
        level_id = excluded.level_id, level_changes = excluded.level_changes, updated_at = now()
    ), level AS (
      INSERT INTO level_changes (program_id, member_id, unit, number, from_level, to_level, lifetime_minor,
        policy_version)
      SELECT ${programId}::uuid, "memberId", unit, number, "from", "to", lifetime_minor,
        ${policyVersion}::int
      FROM jsonb_to_recordset(${toJsonText(levels)}::jsonb) AS c(
        "memberId" uuid, unit text, number int, "from" text, "to" text, lifetime_minor bigint)
    )`;
}

/** The message of a change of level. */
export function levelMessage({
  points,
  change: { kind, from, to, passed },
}: MemberLevelChange): OutboxMessage {
  const { memberId, unit, level_changes, lifetime_minor } = points;
  return {
    key: `level:${memberId}:${unit}:${level_changes}`,
    ...aboutMember(memberId),
    type: `level.${kind}`,
    payload: { memberId, from, to, passed, lifetime: toJson({ minor: lifetime_minor, unit }) },
  };
}
