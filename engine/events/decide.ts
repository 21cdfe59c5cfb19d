import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { noteDecision } from '../transaction.ts';
import type { EventRef } from './lock.ts';
import type { Outcome } from './outcome.ts';

/** An event with what came of it. */
export interface Decision {
  readonly eventId: string;
  readonly outcome: Outcome;
}

/** What a decision changes about an event's row. */
const decidedColumns = (outcome: Prisma.Sql) =>
  Prisma.sql`state = 'decided', outcome = ${outcome}, decided_at = now(), reason = NULL`;

/**
 * The common table expression `decision`: puts an event's outcome on record, for a transaction that holds the
 * event's lock. Null decides nothing. The caller ends its statement with `notifyDecided` and calls
 * `noteDecision`, or uses `decideEvent`.
 */
export function decidedEvent(programId: string, decision: Decision | null): Prisma.Sql {
  const outcome = Prisma.sql`${toJsonText(decision?.outcome ?? {})}::jsonb`;
  return Prisma.sql`
    decision AS (
      UPDATE events SET ${decidedColumns(outcome)}
      WHERE program_id = ${programId}::uuid AND id = ${decision?.eventId ?? null}::uuid
      RETURNING id, awaited
    )`;
}

/**
 * The same for many events that the transaction has locked. `workflowId` is noted as the one that decided
 * them, where the pump has not noted it yet.
 */
export const decidedBy = (
  programId: string,
  decisions: readonly Decision[],
  workflowId: string,
) => Prisma.sql`
    decision AS (
      UPDATE events e SET ${decidedColumns(Prisma.sql`d.outcome`)},
        workflow_id = coalesce(e.workflow_id, ${workflowId})
      FROM jsonb_to_recordset(${toJsonText(decisions)}::jsonb) AS d("eventId" uuid, outcome jsonb)
      WHERE e.program_id = ${programId}::uuid AND e.id = d."eventId"
        AND e.id = ANY(${decisions.map(({ eventId }) => eventId)}::uuid[])
      RETURNING e.id, e.awaited
    )`;

/**
 * The same for many events that need not be locked. `source` is a select of `program_id`, `id` and
 * `outcome`. What is decided or parked already stays as it is.
 */
export const decidedEvents = (source: Prisma.Sql) => Prisma.sql`
    decision AS (
      UPDATE events e SET ${decidedColumns(Prisma.sql`d.outcome`)}
      FROM (${source}) d
      WHERE e.program_id = d.program_id AND e.id = d.id AND e.state NOT IN ('decided', 'parked')
      RETURNING e.id, e.awaited
    )`;

/** The select that notifies whoever waits for the events of `decision`. Gives one row. */
export const notifyDecided = Prisma.sql`
    SELECT count(pg_notify('decided', id::text)) AS notified FROM decision WHERE awaited`;

/**
 * The common table expression `woken`: makes the events due that wait and are about the same member. A
 * statement changes a row once, and the event that is decided by it may itself have waited, so it is left
 * out.
 */
export const wokenEvents = (programId: string, subject: string | null, decidedId: string | null) =>
  wokenByAll(programId, subject === null ? [] : [subject], decidedId === null ? [] : [decidedId]);

/** The same for several members and events. */
export const wokenByAll = (
  programId: string,
  subjects: readonly string[],
  decidedIds: readonly string[],
) => Prisma.sql`
    woken AS (
      UPDATE events SET due_at = now()
      WHERE program_id = ${programId}::uuid AND subject = ANY(${[...subjects]}::text[])
        AND state = 'waiting' AND id <> ALL(${[...decidedIds]}::uuid[])
    )`;

/**
 * Makes the events due that waited for the end of their program's pause. The state is written out, so that a
 * plan for any values finds them by the index of what is still to be sent.
 */
export async function resumeEvents(tx: Tx, programId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE events SET due_at = to_timestamp(0)
    WHERE program_id = ${programId}::uuid AND state = 'waiting' AND reason = 'program_paused'`;
}

/** Decides an event that the transaction has locked, and notifies whoever waits for it. */
export async function decideEvent(tx: Tx, { programId, eventId }: EventRef, outcome: Outcome): Promise<void> {
  noteDecision(tx, outcome);
  await tx.$executeRaw`WITH ${decidedEvent(programId, { eventId, outcome })} ${notifyDecided}`;
}

/**
 * Decides those of a program's events that are neither decided nor parked, and notifies whoever waits for
 * them.
 */
export async function decideEvents(tx: Tx, programId: string, decisions: readonly Decision[]): Promise<void> {
  const source = Prisma.sql`
    SELECT ${programId}::uuid AS program_id, "eventId" AS id, outcome
    FROM jsonb_to_recordset(${toJsonText(decisions)}::jsonb) AS g("eventId" uuid, outcome jsonb)`;
  const decided = await tx.$queryRaw<{ id: string }[]>`
    WITH ${decidedEvents(source)}
    SELECT id::text, notified FROM decision, (${notifyDecided}) notice`;
  const ids = new Set(decided.map(({ id }) => id));
  for (const { eventId, outcome } of decisions) {
    if (ids.has(eventId)) noteDecision(tx, outcome);
  }
}
