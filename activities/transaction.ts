import type { Database, Tx } from '../prisma/client.ts';

/** A transaction is short by design: one that takes longer is stuck, and is better rolled back. */
const TRANSACTION_TIMEOUT_MS = 15_000;
const POOL_WAIT_MS = 10_000;

/** Runs `work` in one transaction: all of it is on record, or none. */
export function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(work, { maxWait: POOL_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS });
}
