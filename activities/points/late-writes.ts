import { addChanges, NO_CHANGES, type NumberChanges } from '../../domain/points/numbers.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { LOST_NUMBER } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { toJsonText } from '../../platform/hash.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Shift } from './late.ts';

/** What a late action says of the changes for others. */
interface LateTrace {
  readonly renumbered?: NumberChanges;
}

/** The trace of a late action's outcome; none where it changed nothing for others. */
export const lateTraceOf = (renumbered: NumberChanges): { readonly trace?: LateTrace } =>
  [renumbered.taken, renumbered.granted, renumbered.refused].some((list) => list.length > 0)
    ? { trace: { renumbered } }
    : {};

/** What came of a late action, with what another transaction has changed by it since. */
export function outcomeWith(told: unknown, changes: NumberChanges): Outcome {
  const outcome = told as Outcome;
  const { renumbered = NO_CHANGES } = (outcome.trace ?? {}) as LateTrace;
  const { trace } = lateTraceOf(addChanges(renumbered, changes));
  return trace === undefined ? outcome : { ...outcome, trace: { ...(outcome.trace ?? {}), ...trace } };
}

/**
 * Common table expressions: the numbers that actions have now; which postings are over, as their action has
 * another number; and what came of the late action, where it was counted before.
 */
export function lateWrites(
  { source, moved, losses }: Shift,
  retold: { readonly outcome: Outcome } | null,
): Prisma.Sql[] {
  const numbers = moved.map(({ eventId: id, number }) => ({ id, number }));
  const lost = losses.map(({ posting: { id }, turn }) => ({ id, number: turn.deed.number }));
  return [
    ...(numbers.length === 0 ? [] : [renumbered(source, numbers)]),
    ...(lost.length === 0 ? [] : [marked(source, lost)]),
    ...(retold === null ? [] : [retoldAs(source, retold.outcome)]),
  ];
}

type Numbered = readonly { readonly id: string; readonly number: number }[];

const renumbered = ({ programId }: SourceEvent, numbers: Numbered) => Prisma.sql`
    renumbered AS (
      UPDATE member_actions a SET number = n.number
      FROM jsonb_to_recordset(${toJsonText(numbers)}::jsonb) AS n(id uuid, number int)
      WHERE a.program_id = ${programId}::uuid AND a.event_id = n.id
    )`;

const marked = ({ programId, eventId }: SourceEvent, lost: Numbered) => Prisma.sql`
    lost AS (
      UPDATE point_postings p
      SET trace = p.trace || jsonb_build_object(${LOST_NUMBER}::text, n.number, 'lost_by', ${eventId}::text)
      FROM jsonb_to_recordset(${toJsonText(lost)}::jsonb) AS n(id uuid, number int)
      WHERE p.program_id = ${programId}::uuid AND p.id = n.id
    )`;

const retoldAs = ({ programId, eventId }: SourceEvent, outcome: Outcome) => Prisma.sql`
    retold AS (
      UPDATE member_actions SET outcome = ${toJsonText(outcome)}::jsonb
      WHERE program_id = ${programId}::uuid AND event_id = ${eventId}::uuid
    )`;
