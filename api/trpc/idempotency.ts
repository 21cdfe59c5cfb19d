import { TRPCError } from '@trpc/server';
import { middlewareMarker } from '@trpc/server/unstable-core-do-not-import';
import type { Tx } from '../../prisma/client.ts';
import type { Services } from '../context.ts';
import { claimKey, type Keyed, keepAnswer, keyedOf } from './kept-answers.ts';

export interface OnceRequest {
  readonly services: Services;
  /** The program, or "platform": keys of different scopes never meet. */
  readonly scope: string;
  readonly procedure: string;
  readonly key: string | undefined;
  readonly input: unknown;
  readonly onReplay: () => void;
  readonly shownOnce: string | undefined;
}

/** Registers an action that runs once the transaction is committed, and never when it is rolled back. */
export type AfterCommit = (action: () => void) => void;

type Outcome<M> = { readonly ran: M } | { readonly replay: unknown };

interface MiddlewareOk {
  readonly ok: true;
  readonly data: unknown;
}

/**
 * Runs a mutation once per key: its writes and its first answer are committed in one transaction, so that a
 * process killed at any point leaves both or neither. A second call gets the first answer; a refusal is not
 * kept, so that the same key may be tried again. Throws `idempotency_key_missing`, `idempotency_in_flight`,
 * `key_reused` or `overloaded`.
 */
export async function runOnce<M extends { readonly ok: boolean }>(
  request: OnceRequest,
  run: (tx: Tx, after: AfterCommit) => Promise<M>,
): Promise<M> {
  const keyed = keyedOf(request);
  const after: (() => void)[] = [];
  const outcome = await request.services.writes.run(request.scope, (tx) =>
    runOrReplay(tx, keyed, request.shownOnce, () => run(tx, (action) => after.push(action))),
  );
  if ('ran' in outcome) {
    for (const action of after) action();
    return outcome.ran;
  }
  request.onReplay();
  // tRPC offers middlewares no public way to answer without running the procedure; this is the form its own
  // `next` returns.
  return { ok: true, data: outcome.replay, marker: middlewareMarker } as unknown as M;
}

async function runOrReplay<M extends { readonly ok: boolean }>(
  tx: Tx,
  keyed: Keyed,
  shownOnce: string | undefined,
  run: () => Promise<M>,
): Promise<Outcome<M>> {
  const kept = await claimKey(tx, keyed);
  if (kept !== null) return { replay: kept.response };
  const result = await run();
  if (!isOk(result)) throw errorOf(result);
  await keepAnswer(tx, keyed, JSON.stringify(keepable(result.data, shownOnce)));
  return { ran: result };
}

/** A secret that is shown once must not lie in the table of answers. */
function keepable(data: unknown, shownOnce: string | undefined): unknown {
  if (shownOnce === undefined || data === null || typeof data !== 'object') return data ?? null;
  return { ...data, [shownOnce]: null };
}

function isOk<M extends { readonly ok: boolean }>(result: M): result is M & MiddlewareOk {
  return result.ok;
}

/** A failed procedure undoes the whole transaction, so its error is thrown through it. */
function errorOf(result: object): unknown {
  return 'error' in result ? result.error : new TRPCError({ code: 'INTERNAL_SERVER_ERROR' });
}
