import { ApiError } from '../http/errors.ts';

/** What may wait for one name in this process; Stripe sends again what is refused. */
const WAITING_MAX = 200;

export interface BillingTurns {
  /** Runs it once what came before under the same name has ended. Throws `overloaded`. */
  take<T>(name: string, run: () => Promise<T>): Promise<T>;
}

/**
 * One after the other of each name, in this process: messages of a program, by its id, and promotion codes of
 * a member. Between processes a lock in PostgreSQL does the same for messages; without this, a burst for one
 * program would hold every connection while it waits for that lock.
 */
export function createBillingTurns(): BillingTurns {
  const last = new Map<string, { readonly ended: Promise<unknown>; waiting: number }>();
  return {
    async take(name, run) {
      const before = last.get(name);
      const waiting = (before?.waiting ?? 0) + 1;
      if (waiting > WAITING_MAX) {
        throw new ApiError('overloaded', 'More wait than can be taken; send it again in a second.');
      }
      const running = (before?.ended ?? Promise.resolve()).then(run);
      const turn = { ended: running.catch(() => undefined), waiting };
      last.set(name, turn);
      try {
        return await running;
      } finally {
        const newest = last.get(name);
        if (newest === turn) last.delete(name);
        else if (newest !== undefined) newest.waiting -= 1;
      }
    },
  };
}
