import type { Outcome } from '../../engine/events/outcome.ts';
import type { Database } from '../../prisma/client.ts';

/** What became of a claimed event, to be put on record. */
export interface Handled {
  readonly program_id: string;
  readonly id: string;
  readonly state: 'delivered' | 'waiting' | 'pending' | 'decided' | 'unmatched' | 'parked';
  /** Until the pump looks at it again. */
  readonly rest_ms: number;
  readonly workflow_id: string | null;
  readonly reason: string | null;
  readonly outcome: Outcome | null;
  /** The member's workflow that is to count the event for points while it waits. */
  readonly acted: string | null;
}

/** Records a batch in one statement. An event that its workflow has decided meanwhile, or is deciding now, is left to the workflow. */
export async function recordHandled(db: Database, handled: readonly Handled[]): Promise<void> {
  if (handled.length === 0) return;
  await db.$executeRaw`
    WITH handled AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(handled)}::jsonb) AS h(
        program_id uuid, id uuid, state event_state, rest_ms double precision, workflow_id text, reason text, outcome jsonb, acted text)
    ), free AS (
      -- Whoever holds an event is deciding it, or waking it: waiting for them in no order could be a deadlock, and our lease lapses by itself.
      SELECT e.program_id, e.id FROM events e JOIN handled h ON e.program_id = h.program_id AND e.id = h.id
      FOR NO KEY UPDATE OF e SKIP LOCKED
    ), changed AS (
      UPDATE events e SET
        state = h.state, due_at = now() + make_interval(secs => h.rest_ms / 1000.0), reason = h.reason, outcome = h.outcome,
        workflow_id = coalesce(h.workflow_id, e.workflow_id), decided_at = CASE WHEN h.state = 'decided' THEN now() END
      FROM handled h JOIN free USING (program_id, id)
      WHERE e.program_id = h.program_id AND e.id = h.id AND e.state IN ('pending', 'waiting', 'delivered')
        -- In review, an event that was handed over is sent back to wait while we still hold it as being delivered.
        AND NOT (h.state = 'delivered' AND e.state = 'waiting' AND e.reason = 'in_review')
      RETURNING e.program_id, e.id, e.state, e.awaited, e.occurred_at, h.acted
    ), told AS (
      INSERT INTO events (program_id, id, key, request_hash, type, payload, occurred_at, workflow_id)
      SELECT program_id, uuidv7(), 'acted:' || id, encode(sha256(convert_to('acted:' || id, 'UTF8')), 'hex'), 'member.acted',
             jsonb_build_object('event', id), occurred_at, acted
      FROM changed WHERE acted IS NOT NULL
      ON CONFLICT (program_id, key) DO NOTHING
    )
    SELECT pg_notify('decided', id::text) FROM changed WHERE state = 'decided' AND awaited`;
}
