import { asksCount, asksSignup } from '../../domain/points/count.ts';
import type { PointsTally } from '../../domain/points/tally.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { toJsonText } from '../../platform/hash.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** What rules saw of the signup of an action's member. */
interface SeenSignup {
  readonly referrerId: string | null;
  readonly signed_up_at_ms: number | null;
  /** Null: none looks at the referrer's count. */
  readonly count: number | null;
  /** Null: none looks at the signup. */
  readonly again: 0 | null;
}

/** The same as it is to be stored. */
export function signupSeen(
  { type, eventId, points, referrerId, actor }: SourceEvent,
  { qualifiedThen }: PointsTally,
): SeenSignup {
  if (points === null || !asksSignup(points, type)) {
    return { referrerId: null, signed_up_at_ms: null, count: null, again: null };
  }
  const count = asksCount(points, type) ? (qualifiedThen.get(eventId) ?? 0) : null;
  return { referrerId, signed_up_at_ms: actor.signed_up_at_ms, count, again: 0 };
}

/** The common table expression `action`: stores actions that were counted, with what came of them. */
export function storedActions(
  programId: string,
  counted: readonly {
    readonly source: SourceEvent;
    readonly outcome: Outcome;
    readonly number: number | null;
    readonly seen: SeenSignup;
  }[],
): Prisma.Sql {
  const rows = counted.map(({ source, outcome, number, seen }) => {
    const { eventId, actor, type, occurred_at_ms, value, policyVersion } = source;
    const worth = { minor: value?.minor ?? null, unit: value?.unit ?? null };
    const action = { eventId, memberId: actor.id, type, occurred_at_ms, ...worth };
    return { ...action, outcome, policyVersion, number, ...seen };
  });
  return Prisma.sql`
    action AS (
      INSERT INTO member_actions (program_id, event_id, member_id, type, occurred_at, value_minor, unit,
        outcome, policy_version, number, asked_referrer_id, asked_signup_at, asked_count, asked_again)
      SELECT ${programId}::uuid, "eventId", "memberId", type, to_timestamp(occurred_at_ms / 1000), minor,
        unit, outcome, "policyVersion", number, "referrerId",
        to_timestamp(signed_up_at_ms / 1000), count, again
      FROM jsonb_to_recordset(${toJsonText(rows)}::jsonb) AS a(
        "eventId" uuid, "memberId" uuid, type text, occurred_at_ms float8, minor bigint, unit text,
        outcome jsonb, "policyVersion" int, number int, "referrerId" uuid, signed_up_at_ms float8, count int,
        again int)
    )`;
}
