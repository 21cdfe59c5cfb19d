import { parkEvent } from '../../engine/events/park.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents } from '../member-step.ts';

/**
 * Takes a batch that no try could handle out of the queue, with the reason, for an operator to see and retry.
 */
export function parkMemberEvents(
  deps: ActivityDeps,
  { programId, eventIds, reason }: MemberEvents & { readonly reason: string },
): Promise<void> {
  return inTransaction(deps, async (tx) => {
    for (const eventId of eventIds) await parkEvent(tx, { programId, eventId, reason });
  });
}
