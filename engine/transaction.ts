import type { RefusalCode } from '../domain/refusal.ts';
import type { Database, Tx } from '../prisma/client.ts';

/** What is counted of an event's outcome. */
export interface CountedDecision {
  readonly decision: 'accepted' | 'refused';
  readonly code?: RefusalCode;
}

/** A transaction is short by design: one that takes longer is stuck, and is better rolled back. */
const TRANSACTION_TIMEOUT_MS = 15_000;
const POOL_WAIT_MS = 10_000;

/** What a transaction that is under way has decided; counted once it is committed. */
const decisions = new WeakMap<Tx, CountedDecision[]>();

/** Those whose work no workflow takes in. */
const kept = new WeakSet<Tx>();

/** What is to be done last in a transaction. */
const lasts = new WeakMap<Tx, (() => Promise<void>)[]>();

/** What is to be done once a transaction is committed. */
const afterwards = new WeakMap<Tx, Work[]>();

/** What is done with the database once a transaction is committed. */
type Work = (db: Database) => Promise<void>;

/**
 * Notes work to be done last in the transaction, after all else and before it is committed. Throws where
 * `inTransaction` did not open the transaction.
 */
export function beforeCommit(tx: Tx, work: () => Promise<void>): void {
  const works = lasts.get(tx);
  if (works === undefined) throw new Error('nobody does what is last in this transaction');
  works.push(work);
}

/**
 * Notes work for when the transaction is committed. It must not matter whether it is done: a process may end
 * before.
 */
export function afterCommit(tx: Tx, work: Work): void {
  afterwards.get(tx)?.push(work);
}

/** Notes a decision to be counted when the transaction is committed, and not when it is rolled back. */
export function noteDecision(tx: Tx, decision: CountedDecision): void {
  decisions.get(tx)?.push(decision);
}

/** What transactions run on, and who is told of each decision once it is on record. */
export interface Transactor {
  readonly db: Database;
  readonly countDecision: (decision: CountedDecision) => void;
  /** Whether the work is done without the workflow that waits for what it changes; left out: it is not. */
  readonly isKept?: boolean;
}

/** Whether the transaction runs without the workflow that waits for what it changes. */
export const isKept = (tx: Tx): boolean => kept.has(tx);

/** Runs `work` in one transaction: all of it is on record, or none. */
export async function inTransaction<T>(
  { db, countDecision, isKept = false }: Transactor,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const noted: CountedDecision[] = [];
  const later: Work[] = [];
  const result = await db.$transaction(
    async (tx) => {
      const last: (() => Promise<void>)[] = [];
      decisions.set(tx, noted);
      afterwards.set(tx, later);
      lasts.set(tx, last);
      if (isKept) kept.add(tx);
      const done = await work(tx);
      for (const work of last) await work();
      return done;
    },
    { maxWait: POOL_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
  );
  for (const decision of noted) countDecision(decision);
  for (const work of later) await work(db);
  return result;
}
