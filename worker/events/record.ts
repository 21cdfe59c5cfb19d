import { decidedEvents, notifyDecided } from '../../engine/events/decide.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { actedCommands } from '../../engine/points/acted.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** The result for a claimed event, which `recordHandled` stores. */
export interface Handled {
  readonly programId: string;
  readonly id: string;
  readonly state: 'delivered' | 'waiting' | 'pending' | 'decided' | 'unmatched' | 'parked';
  /** Time until the pump takes the event again. */
  readonly rest_ms: number;
  readonly workflowId: string | null;
  readonly reason: string | null;
  readonly outcome: Outcome | null;
  /** The member's workflow that counts the event for points while it waits. */
  readonly acted: string | null;
}

/**
 * Records a batch in one statement. Leaves out the events that their workflow has decided meanwhile or is
 * deciding now.
 */
export async function recordHandled(db: Database, handled: readonly Handled[]): Promise<void> {
  if (handled.length === 0) return;
  const refused = Prisma.sql`SELECT program_id, id, outcome FROM free WHERE state = 'decided'`;
  const acted = Prisma.sql`
    SELECT program_id, id, occurred_at, acted AS workflow_id FROM free WHERE acted IS NOT NULL`;
  await db.$executeRaw`
    WITH handled AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(handled)}::jsonb) AS h(
        "programId" uuid, id uuid, state event_state, rest_ms double precision, "workflowId" text,
        reason text, outcome jsonb, acted text)
    ), free AS (
      -- Another transaction that holds an event decides or wakes it. Waiting for it, in no fixed order, could
      -- deadlock; our lease expires by itself.
      SELECT e.program_id, h.*, e.occurred_at
      FROM events e JOIN handled h ON e.program_id = h."programId" AND e.id = h.id
      WHERE e.state IN ('pending', 'waiting', 'delivered')
        -- During a review, the workflow may send a delivered event back to wait before we record its
        -- delivery. An event that a pause sends back may be marked delivered here. Nothing is lost or decided
        -- twice: it is due again after the rest of a delivered event, which the end of the pause does not cut
        -- short.
        AND NOT (h.state = 'delivered' AND e.state = 'waiting' AND e.reason = 'in_review')
      FOR NO KEY UPDATE OF e SKIP LOCKED
    ), changed AS (
      UPDATE events e SET
        state = h.state, due_at = now() + make_interval(secs => h.rest_ms / 1000.0), reason = h.reason,
        workflow_id = coalesce(h."workflowId", e.workflow_id)
      FROM free h WHERE e.program_id = h.program_id AND e.id = h.id AND h.state <> 'decided'
    ), ${decidedEvents(refused)}, ${actedCommands(acted)}
    ${notifyDecided}`;
}
