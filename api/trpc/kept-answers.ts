import { isErasedAnswer } from '../../engine/privacy/erased-answer.ts';
import { canonicalJson, sha256 } from '../../platform/hash.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { fail } from '../http/errors.ts';

const KEY = /^[\x20-\x7e]{1,255}$/;

/** A change that is made once: whose it is, its name, its key, and a hash of what it asks for. */
export interface Keyed {
  /** The program, or "platform": keys of different scopes never meet. */
  readonly scope: string;
  readonly procedure: string;
  readonly key: string;
  readonly requestHash: string;
}

/** The answer that is kept for a key. */
export interface KeptAnswer {
  /** Whether it is still to come: the change is on record, and its step outside was not taken yet. */
  readonly isOpen: boolean;
  readonly response: unknown;
}

/** What a caller asked for under a key. Throws `idempotency_key_missing`. */
export function keyedOf(request: {
  readonly scope: string;
  readonly procedure: string;
  readonly key: string | undefined;
  readonly input: unknown;
}): Keyed {
  const { scope, procedure, key, input } = request;
  if (key === undefined || !KEY.test(key)) {
    throw fail(
      'idempotency_key_missing',
      'Send the header `Idempotency-Key`: 1 to 255 printable ASCII characters.',
    );
  }
  return { scope, procedure, key, requestHash: hashInput(input) };
}

/** `wait_ms` is how the caller listens, not what it asks for. */
function hashInput(input: unknown): string {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) {
    return sha256(canonicalJson(input ?? null));
  }
  return sha256(canonicalJson({ ...input, wait_ms: undefined }));
}

/** The answer kept for a key; null: none. Throws `key_reused`. */
export async function findAnswer(
  db: Database | Tx,
  { scope, procedure, key, requestHash }: Keyed,
): Promise<KeptAnswer | null> {
  const [kept] = await db.$queryRaw<(KeptAnswer & { requestHash: string })[]>`
    SELECT request_hash AS "requestHash", response, response IS NULL AS "isOpen" FROM idempotency_keys
    WHERE scope = ${scope} AND procedure = ${procedure} AND key = ${key}`;
  if (kept === undefined) return null;
  if (isErasedAnswer(kept.response)) {
    throw fail('answer_erased', 'The change was made; its answer was erased with a member whom it named.');
  }
  if (kept.requestHash === requestHash) return kept;
  throw fail('key_reused', 'This Idempotency-Key came before with another input.');
}

/**
 * Takes a key for the rest of the transaction. Returns the answer that is kept for it; null: none. Throws
 * `idempotency_in_flight` or `key_reused`.
 */
export async function claimKey(tx: Tx, keyed: Keyed): Promise<KeptAnswer | null> {
  const lockName = `${keyed.scope} ${keyed.procedure} ${keyed.key}`;
  // Read before and after the lock would race; the lock comes first, and lasts until the answer is committed.
  const [lock] = await tx.$queryRaw<{ isOurs: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${lockName}, 0)) AS "isOurs"`;
  if (lock?.isOurs !== true) {
    throw fail(
      'idempotency_in_flight',
      'The first request with this Idempotency-Key is still under way; try again.',
    );
  }
  return await findAnswer(tx, keyed);
}

/** Keeps the answer for a claimed key, as JSON; null: it is still to come, by `closeAnswer`. */
export async function keepAnswer(tx: Tx, keyed: Keyed, response: string | null): Promise<void> {
  const { scope, procedure, key, requestHash } = keyed;
  await tx.$executeRaw`
    INSERT INTO idempotency_keys (scope, procedure, key, request_hash, response)
    VALUES (${scope}, ${procedure}, ${key}, ${requestHash}, ${response}::jsonb)`;
}

/** Keeps the answer that was still to come. */
export async function closeAnswer(db: Database, keyed: Keyed, response: string): Promise<void> {
  const { scope, procedure, key } = keyed;
  await db.$executeRaw`
    UPDATE idempotency_keys SET response = ${response}::jsonb
    WHERE scope = ${scope} AND procedure = ${procedure} AND key = ${key} AND response IS NULL`;
}
