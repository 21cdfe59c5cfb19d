import { addChanges, NO_CHANGES, type NumberChanges } from '../../domain/points/numbers.ts';
import type { Seen } from '../../domain/points/seen.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { LOST_BY } from '../../engine/points/move.ts';
import { toJsonText } from '../../platform/hash.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Shift, ShiftBy } from './shift.ts';

/** What a late action says of the changes for others. */
interface LateTrace {
  readonly renumbered?: NumberChanges;
}

/** The trace of a late action's outcome; none where it changed nothing for others. */
export const lateTraceOf = (renumbered: NumberChanges): { readonly trace?: LateTrace } =>
  isNothing(renumbered) ? {} : { trace: { renumbered } };

/** What the outcome of a command says that has actions asked again; nothing where it changed nothing. */
export const recountTraceOf = (recounted: NumberChanges): { readonly recounted?: NumberChanges } =>
  isNothing(recounted) ? {} : { recounted };

const isNothing = ({ taken, granted, refused }: NumberChanges): boolean =>
  [taken, granted, refused].every((list) => list.length === 0);

/** What came of a late action, with what another transaction has changed by it since. */
export function outcomeWith(told: unknown, changes: NumberChanges): Outcome {
  const outcome = told as Outcome;
  const { renumbered = NO_CHANGES } = (outcome.trace ?? {}) as LateTrace;
  const { trace } = lateTraceOf(addChanges(renumbered, changes));
  return trace === undefined ? outcome : { ...outcome, trace: { ...(outcome.trace ?? {}), ...trace } };
}

/**
 * Common table expressions: what rules see of actions now; which postings are over, as their rule sees
 * something else; and what came of the late action, where it was counted before.
 */
export function shiftWrites(
  { by, moved, losses }: Shift,
  retold: { readonly outcome: Outcome } | null,
): Prisma.Sql[] {
  const isLate = by.how === 'late';
  const seen = moved.map(({ eventId: id, now }) => ({ id, ...now }));
  const lost = losses.map(({ posting: { id }, turn }) => ({ id, number: turn.deed.now.number }));
  return [
    ...(seen.length === 0 ? [] : [isLate ? renumbered(by, seen) : recounted(by, seen)]),
    ...(lost.length === 0 ? [] : [isLate ? lostByNumber(by, lost) : lostByRecount(by, lost)]),
    ...(retold === null ? [] : [retoldAs(by, retold.outcome)]),
  ];
}

type SeenNow = readonly ({ readonly id: string } & Seen)[];
type Lost = readonly { readonly id: string; readonly number: number }[];

const renumbered = ({ programId }: ShiftBy, numbers: Lost) => Prisma.sql`
    renumbered AS (
      UPDATE member_actions a SET number = n.number
      FROM jsonb_to_recordset(${toJsonText(numbers)}::jsonb) AS n(id uuid, number int)
      WHERE a.program_id = ${programId}::uuid AND a.event_id = n.id
    )`;

const recounted = ({ programId }: ShiftBy, seen: SeenNow) => Prisma.sql`
    recounted AS (
      UPDATE member_actions a SET asked_referrer_id = s."referrerId",
        asked_signup_at = to_timestamp(s.signed_up_at_ms / 1000),
        asked_count = CASE WHEN a.asked_count IS NOT NULL THEN s."qualifiedCount" END,
        asked_again = a.asked_again + 1
      FROM jsonb_to_recordset(${toJsonText(seen)}::jsonb)
        AS s(id uuid, "referrerId" uuid, signed_up_at_ms float8, "qualifiedCount" int)
      WHERE a.program_id = ${programId}::uuid AND a.event_id = s.id
    )`;

const lostByNumber = ({ programId, eventId }: ShiftBy, lost: Lost) => Prisma.sql`
    lost AS (
      UPDATE point_postings p
      SET trace = p.trace || jsonb_build_object('lost_number', n.number, ${LOST_BY}::text, ${eventId}::text)
      FROM jsonb_to_recordset(${toJsonText(lost)}::jsonb) AS n(id uuid, number int)
      WHERE p.program_id = ${programId}::uuid AND p.id = n.id
    )`;

const lostByRecount = ({ programId, eventId }: ShiftBy, lost: Lost) => Prisma.sql`
    lost AS (
      UPDATE point_postings p SET trace = p.trace || jsonb_build_object(${LOST_BY}::text, ${eventId}::text)
      WHERE p.program_id = ${programId}::uuid AND p.id = ANY(${lost.map(({ id }) => id)}::uuid[])
    )`;

const retoldAs = ({ programId, eventId }: ShiftBy, outcome: Outcome) => Prisma.sql`
    retold AS (
      UPDATE member_actions SET outcome = ${toJsonText(outcome)}::jsonb
      WHERE program_id = ${programId}::uuid AND event_id = ${eventId}::uuid
    )`;
