import { decideEvents } from '../../engine/events/decide.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';

/**
 * Accepts what is left of a batch, once every step has seen it: there was nothing to decide about it. What a step has decided
 * stays as it is.
 */
export function closeMemberEvents(
  deps: ActivityDeps,
  { programId, eventIds }: MemberEvents,
): Promise<MemberStep> {
  return inTransaction(deps, async (tx) => {
    const outcome = { decision: 'accepted' as const };
    await decideEvents(
      tx,
      programId,
      eventIds.map((eventId) => ({ eventId, outcome })),
    );
    return { due_at_ms: null };
  });
}
