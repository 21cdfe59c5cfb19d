import { TRPCError } from '@trpc/server';
import { middlewareMarker } from '@trpc/server/unstable-core-do-not-import';
import { canonicalJson, sha256 } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Services } from '../context.ts';
import { fail } from '../http/errors.ts';

const KEY = /^[\x20-\x7e]{1,255}$/;
const TRANSACTION = { maxWait: 5_000, timeout: 15_000 };

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

interface KeptAnswer {
  readonly requestHash: string;
  readonly response: unknown;
}

type Outcome<M> = { readonly ran: M } | { readonly replay: unknown };

interface MiddlewareOk {
  readonly ok: true;
  readonly data: unknown;
}

/**
 * Runs a mutation once per key: its writes and its first answer are committed in one transaction, so that a
 * process killed at any point leaves both or neither. A second call gets the first answer; a refusal is not
 * kept, so that the same key may be tried again. Throws `idempotency_key_missing`, `idempotency_in_flight` or
 * `key_reused`.
 */
export async function runOnce<M extends { readonly ok: boolean }>(
  request: OnceRequest,
  run: (tx: Tx, after: AfterCommit) => Promise<M>,
): Promise<M> {
  const key = request.key;
  if (key === undefined || !KEY.test(key)) {
    throw fail(
      'idempotency_key_missing',
      'Send the header `Idempotency-Key`: 1 to 255 printable ASCII characters.',
    );
  }
  const after: (() => void)[] = [];
  const outcome = await request.services.db.$transaction(
    (tx) => runOrReplay(tx, { ...request, key }, () => run(tx, (action) => after.push(action))),
    TRANSACTION,
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
  request: OnceRequest & { readonly key: string },
  run: () => Promise<M>,
): Promise<Outcome<M>> {
  const { scope, procedure, key } = request;
  const lockName = `${scope} ${procedure} ${key}`;
  const requestHash = hashInput(request.input);
  // Read before and after the lock would race; the lock comes first, and lasts until the answer is committed.
  const [lock] = await tx.$queryRaw<{ isOurs: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${lockName}, 0)) AS "isOurs"`;
  if (lock?.isOurs !== true) {
    throw fail(
      'idempotency_in_flight',
      'The first request with this Idempotency-Key is still under way; try again.',
    );
  }
  const [kept] = await tx.$queryRaw<KeptAnswer[]>`
    SELECT request_hash AS "requestHash", response FROM idempotency_keys
    WHERE scope = ${scope} AND procedure = ${procedure} AND key = ${key}`;
  if (kept !== undefined) {
    if (kept.requestHash !== requestHash) {
      throw fail('key_reused', 'This Idempotency-Key came before with another input.');
    }
    return { replay: kept.response };
  }
  const result = await run();
  if (!isOk(result)) throw errorOf(result);
  const response = JSON.stringify(keepable(result.data, request.shownOnce));
  await tx.$executeRaw`
    INSERT INTO idempotency_keys (scope, procedure, key, request_hash, response)
    VALUES (${scope}, ${procedure}, ${key}, ${requestHash}, ${response}::jsonb)`;
  return { ran: result };
}

/** `wait_ms` is how the caller listens, not what it asks for. */
function hashInput(input: unknown): string {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) {
    return sha256(canonicalJson(input ?? null));
  }
  return sha256(canonicalJson({ ...input, wait_ms: undefined }));
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
