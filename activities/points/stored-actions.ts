import type { Outcome } from '../../engine/events/outcome.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { toJsonText } from '../../platform/hash.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** The common table expression `action`: stores actions that were counted, with what came of them. */
export function storedActions(
  programId: string,
  counted: readonly {
    readonly source: SourceEvent;
    readonly outcome: Outcome;
    readonly number: number | null;
  }[],
): Prisma.Sql {
  const rows = counted.map(({ source, outcome, number }) => {
    const { eventId, actor, type, occurred_at_ms, value, policyVersion } = source;
    const worth = { minor: value?.minor ?? null, unit: value?.unit ?? null };
    return { eventId, memberId: actor.id, type, occurred_at_ms, ...worth, outcome, policyVersion, number };
  });
  return Prisma.sql`
    action AS (
      INSERT INTO member_actions (program_id, event_id, member_id, type, occurred_at, value_minor, unit,
        outcome, policy_version, number)
      SELECT ${programId}::uuid, "eventId", "memberId", type, to_timestamp(occurred_at_ms / 1000), minor,
        unit, outcome, "policyVersion", number
      FROM jsonb_to_recordset(${toJsonText(rows)}::jsonb) AS a(
        "eventId" uuid, "memberId" uuid, type text, occurred_at_ms float8, minor bigint, unit text,
        outcome jsonb, "policyVersion" int, number int)
    )`;
}
