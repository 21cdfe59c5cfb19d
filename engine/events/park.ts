import type { Tx } from '../../prisma/client.ts';
import { inTransaction, type Transactor } from '../transaction.ts';

/** An event that failed for good, and why. */
export interface FailedEvent {
  readonly programId: string;
  readonly eventId: string;
  readonly reason: string;
}

/** Takes an undecided event out of the queue, with the reason, so that an operator can see and retry it. */
export async function parkEvent(tx: Tx, { programId, eventId, reason }: FailedEvent): Promise<void> {
  await tx.$executeRaw`
    UPDATE events SET state = 'parked', reason = ${reason}
    WHERE program_id = ${programId}::uuid AND id = ${eventId}::uuid AND state <> 'decided'`;
}

/** The same in a transaction of its own. Returns what `read` finds of the subject, which stays as it was. */
export function parkAndRead<R extends FailedEvent, S>(
  deps: Transactor,
  event: R,
  read: (tx: Tx, event: R) => Promise<S>,
): Promise<S> {
  return inTransaction(deps, async (tx) => {
    await parkEvent(tx, event);
    return await read(tx, event);
  });
}
