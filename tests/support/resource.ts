import { afterAll, beforeAll } from 'vitest';

/** Makes something before the tests of the file (or of the calling `describe`), and ends it after them. */
export interface Lifetime<T> {
  /** Runs once, before the first test. */
  make(): T | Promise<T>;
  /** Runs once, after the last test: what was made last ends first. */
  end?(made: T): unknown;
  /** How long making it may take, where that is longer than for other things. */
  readonly within_ms?: number;
}

/**
 * Registers what the tests need and returns it as a stand-in that a file can name at its top. The stand-in
 * has the properties of what `make` returns. Before the first test it has none, and reading one throws.
 */
export function useResource<T extends object>({ make, end, within_ms }: Lifetime<T>): T {
  let made: T | null = null;
  const current = (): T => {
    if (made === null) throw new Error('what tests need exists from the first test on, not before');
    return made;
  };
  beforeAll(async () => {
    made = await make();
  }, within_ms);
  afterAll(async () => {
    // Nothing was made when `make` failed, and its error is the one to report.
    if (made !== null) await end?.(made);
  });
  return new Proxy({} as T, {
    get: (_, key) => Reflect.get(current(), key),
    has: (_, key) => Reflect.has(current(), key),
    ownKeys: () => Reflect.ownKeys(current()),
    getOwnPropertyDescriptor: (_, key) => {
      const property = Reflect.getOwnPropertyDescriptor(current(), key);
      return property && { ...property, configurable: true };
    },
  });
}
