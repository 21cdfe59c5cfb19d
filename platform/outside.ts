import { AsyncLocalStorage } from 'node:async_hooks';

/** Work in a database transaction. */
interface Work {
  isOver: boolean;
}

const works = new AsyncLocalStorage<Work>();

/** Runs the work of a database transaction, so that `goOutside` knows of it. */
export async function withinTransaction<T>(work: () => Promise<T>): Promise<T> {
  // What the work leaves behind, such as a timer, still names it, and is no part of it.
  const mark = { isOver: false };
  try {
    return await works.run(mark, work);
  } finally {
    mark.isOver = true;
  }
}

/**
 * Every door to the outside calls this first, with the name of whom it asks. Throws within a database
 * transaction: whoever is asked may never answer, and the transaction would keep its locks and its connection
 * as long, and with a few more like it everybody else out.
 */
export function goOutside(whom: string): void {
  if (works.getStore()?.isOver === false) {
    throw new Error(`${whom} was to be asked within a database transaction: ask before or after it`);
  }
}
