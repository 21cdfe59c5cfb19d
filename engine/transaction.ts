import type { Database, Tx } from '../prisma/client.ts';
import { transact } from '../prisma/transact.ts';
import type { Outcome } from './events/outcome.ts';

/** A transaction is short by design: one that takes longer is stuck, and is better rolled back. */
const TRANSACTION_TIMEOUT_MS = 15_000;
const POOL_WAIT_MS = 10_000;

/** What a transaction that is under way has decided; counted once it is committed. */
const decided = new WeakMap<Tx, Outcome[]>();

/** What is to be done once a transaction is committed. */
const afterwards = new WeakMap<Tx, Work[]>();

/** What is done with the database once a transaction is committed. */
type Work = (db: Database) => Promise<void>;

/**
 * Notes work for when the transaction is committed. It must not matter whether it is done: a process may end
 * before.
 */
export function afterCommit(tx: Tx, work: Work): void {
  afterwards.get(tx)?.push(work);
}

/** Notes a decision to be counted when the transaction is committed, and not when it is rolled back. */
export function noteDecision(tx: Tx, outcome: Outcome): void {
  decided.get(tx)?.push(outcome);
}

/** What transactions run on, and who is told of each decision once it is on record. */
export interface Transactor {
  readonly db: Database;
  readonly countDecision: (outcome: Outcome) => void;
}

/** Runs `work` in one transaction: all of it is on record, or none. */
export async function inTransaction<T>(
  { db, countDecision }: Transactor,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const outcomes: Outcome[] = [];
  const later: Work[] = [];
  const result = await transact(
    db,
    (tx) => {
      decided.set(tx, outcomes);
      afterwards.set(tx, later);
      return work(tx);
    },
    { maxWait: POOL_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  );
  for (const outcome of outcomes) countDecision(outcome);
  for (const work of later) await work(db);
  return result;
}
