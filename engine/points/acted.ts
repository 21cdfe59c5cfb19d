import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { storedCommands, wakeForCommands } from '../events/store.ts';

/**
 * Hands an event to its member's workflow, in the transaction that decides it elsewhere, so that it counts
 * for points and achievements. It does so once per event, where the policy in force answers its type; for a
 * refund, where what it takes back was handed over too. Callers ask `engages` first, so that programs without
 * rules for members pay nothing.
 */
export const tellActed = (tx: Tx, programId: string, eventId: string): Promise<void> =>
  tellAllActed(tx, programId, [eventId]);

/** The same for several events of one member: not for a refund along with what it takes back. */
export async function tellAllActed(tx: Tx, programId: string, eventIds: readonly string[]): Promise<void> {
  // The events are found first, whatever a planner believes of tables that have just begun to fill.
  const events = Prisma.sql`
    SELECT e.program_id, e.id, e.occurred_at, 'member-' || m.id AS workflow_id
    FROM (
      SELECT program_id, id, type, subject, refund_of, occurred_at FROM events
      WHERE program_id = ${programId}::uuid AND id = ANY(${[...eventIds]}::uuid[]) OFFSET 0) e
    JOIN LATERAL (
      SELECT id FROM members
      WHERE program_id = e.program_id AND external_id = e.subject OFFSET 0) m ON true
    JOIN programs p ON p.id = e.program_id AND p.engages
    WHERE CASE e.type
      WHEN 'refund' THEN EXISTS (
        SELECT FROM events t JOIN events a ON a.program_id = t.program_id AND a.key = 'acted:' || t.id
        WHERE t.program_id = e.program_id AND t.key = e.refund_of)
      ELSE points_answer(e.program_id, e.type) END`;
  await tx.$executeRaw`WITH ${actedCommands(events)} ${wakeForCommands}`;
}

/**
 * The common table expression `command`: stores `member.acted` for events, each once. `events` is a select of
 * `program_id`, `id`, `occurred_at` and the `workflow_id` that counts the event.
 */
export const actedCommands = (events: Prisma.Sql) =>
  storedCommands(Prisma.sql`
    SELECT program_id AS "programId", NULL::uuid AS id, 'acted:' || id AS key, 'member.acted' AS type,
      jsonb_build_object('event', id) AS payload, NULL::bigint AS "valueMinor", NULL::text AS unit,
      occurred_at AS "occurredAt", NULL::timestamptz AS "receivedAt", workflow_id AS "workflowId",
      false AS awaited
    FROM (${events}) acted`);
