import type { Outcome } from '../../engine/events/outcome.ts';
import { inTransaction, noteDecision } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';

const TAKEN: Outcome = { decision: 'accepted' };

/** Puts on record that a batch was taken note of, once every step has seen it. What a step decided itself stays as it is. */
export function closeMemberEvents(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  return inTransaction(deps, async (tx) => {
    const closed = await tx.$queryRaw<unknown[]>`
      WITH closed AS (
        UPDATE events SET state = 'decided', outcome = ${toJsonText(TAKEN)}::jsonb, decided_at = now(), reason = NULL
        WHERE program_id = ${ref.programId}::uuid AND id = ANY(${[...ref.eventIds]}::uuid[]) AND state NOT IN ('decided', 'parked')
        RETURNING id, awaited
      )
      SELECT id::text, CASE WHEN awaited THEN pg_notify('decided', id::text)::text END FROM closed`;
    for (const _ of closed) noteDecision(tx, TAKEN);
    return { due_at_ms: null };
  });
}
