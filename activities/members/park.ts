import { parkEvent } from '../../engine/events/park.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents } from '../member-step.ts';

/**
 * Takes a batch that failed on every try out of the queue, with the reason, so that an operator can see and
 * retry it.
 */
export function parkMemberEvents(
  deps: ActivityDeps,
  { programId, eventIds, reason }: MemberEvents & { readonly reason: string },
): Promise<void> {
  return inTransaction(deps, async (tx) => {
    for (const eventId of eventIds) await parkEvent(tx, { programId, eventId, reason });
  });
}
