import { setTimeout as sleep } from 'node:timers/promises';
import { errorCodeOf } from '../../api/client.ts';
import { messageOf, UserError } from '../user-error.ts';

const TRIES_MAX = 8;
const FIRST_REST_MS = 100;
/** Answers after which the same call may succeed; a call without an answer is another one. */
const PASSING = new Set(['overloaded', 'database_unavailable', 'idempotency_in_flight', 'internal']);

/**
 * Calls until it succeeds, waiting twice as long after each temporary failure (25 s in all). Every call here
 * is safe to repeat.
 * Errors: refusals unchanged; `UserError` when the engine stops answering.
 */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const code = errorCodeOf(error);
      if (code !== null && !PASSING.has(code)) throw error;
      if (tries === TRIES_MAX) {
        if (code !== null) throw error;
        throw new UserError(
          `The engine does not answer any more (${messageOf(error)}): see its logs, start it again with ` +
            'npm start, then run the demo again; it goes on where it stopped.',
        );
      }
      await sleep(FIRST_REST_MS * 2 ** tries);
    }
  }
}

/** Works through the items, at most `lanes` at a time, in their order. The first failure ends it. */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next] as T;
      next += 1;
      try {
        await work(item);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export const PAGE = 200;

/** All items of a list, page by page. */
export async function allOf<T>(pageAt: (cursor: string | null) => Promise<ListPage<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const at: string | null = cursor;
    const page: ListPage<T> = await patiently(() => pageAt(at));
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
