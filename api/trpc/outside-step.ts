import type { Tx } from '../../prisma/client.ts';
import type { OnceRequest } from './idempotency.ts';
import { claimKey, closeAnswer, findAnswer, keepAnswer, keyedOf } from './kept-answers.ts';

/** A step that is taken elsewhere than in the database, such as at Temporal. */
export interface OutsideStep<T> {
  /** Asks whether it can be taken at all, so that no step is put on record in vain. */
  readonly check: () => Promise<unknown>;
  /** Puts on record that it is going to be taken: a step that cannot be recorded is not taken. */
  readonly record: (tx: Tx) => Promise<void>;
  /** Takes it, and answers. Twice must be as good as once: see `stepOnce`. */
  readonly take: () => Promise<T>;
}

/** Takes a step, or returns the answer of when it was taken. */
export type TakeStep = <T>(step: OutsideStep<T>) => Promise<T>;

/**
 * Makes the taker of a step that is put on record once per key, and has one answer. Outside calls have no
 * transaction around them: whoever is asked may never answer. So the record and the key are committed first,
 * with the answer still to come. Where the step then fails, or the process is killed, the same key takes the
 * step without another record. What was taken in the last moment before a kill is taken twice by that.
 * Throws `idempotency_key_missing`, `idempotency_in_flight`, `key_reused` or `overloaded`, and what the step
 * refuses.
 */
export function stepOnce(request: OnceRequest): TakeStep {
  return async <T>({ check, record, take }: OutsideStep<T>): Promise<T> => {
    const { db, writes } = request.services;
    const keyed = keyedOf(request);
    const replay = (response: unknown): T => {
      request.onReplay();
      return response as T;
    };
    const known = await findAnswer(db, keyed);
    if (known !== null && !known.isOpen) return replay(known.response);
    if (known === null) {
      await check();
      const kept = await writes.run(request.scope, async (tx) => {
        const other = await claimKey(tx, keyed);
        if (other !== null) return other;
        await record(tx);
        await keepAnswer(tx, keyed, null);
        return null;
      });
      if (kept !== null && !kept.isOpen) return replay(kept.response);
    }
    const answer = await take();
    await closeAnswer(db, keyed, JSON.stringify(answer));
    return answer;
  };
}
