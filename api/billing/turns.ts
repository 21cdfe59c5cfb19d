import { ApiError } from '../http/errors.ts';

/** Messages of one program that may wait in this process; Stripe sends again what is refused. */
const WAITING_MAX = 200;

export interface ProgramTurns {
  /** Runs it once those of the same program that came before have ended. Throws `overloaded`. */
  take<T>(programId: string, run: () => Promise<T>): Promise<T>;
}

/**
 * One message of a program after the other, in this process; a lock in PostgreSQL does the same between
 * processes. Without this, a burst for one program would hold every connection while it waits for that lock.
 */
export function createProgramTurns(): ProgramTurns {
  const last = new Map<string, { readonly ended: Promise<unknown>; waiting: number }>();
  return {
    async take(programId, run) {
      const before = last.get(programId);
      const waiting = (before?.waiting ?? 0) + 1;
      if (waiting > WAITING_MAX) {
        throw new ApiError('overloaded', 'More messages wait than can be taken; send it again in a second.');
      }
      const running = (before?.ended ?? Promise.resolve()).then(run);
      const turn = { ended: running.catch(() => undefined), waiting };
      last.set(programId, turn);
      try {
        return await running;
      } finally {
        const newest = last.get(programId);
        if (newest === turn) last.delete(programId);
        else if (newest !== undefined) newest.waiting -= 1;
      }
    },
  };
}
