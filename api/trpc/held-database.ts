import type { Database } from '../../prisma/client.ts';

/** Runs a question to the database when it is its turn. */
export type Hold = <T>(ask: () => PromiseLike<T>) => Promise<T>;

type Ask = (...input: unknown[]) => PromiseLike<unknown>;

/** What of a client asks the database, besides its models. */
const RAW: ReadonlySet<string | symbol> = new Set([
  '$queryRaw',
  '$queryRawUnsafe',
  '$executeRaw',
  '$executeRawUnsafe',
  '$transaction',
]);

/**
 * The same database, each question of which is asked within `hold`: a transaction is one question. What
 * Prisma offers on its own promises, such as relations by `.member()` and lists of them for `$transaction`,
 * is not there.
 */
export const heldDatabase = (db: Database, hold: Hold): Database =>
  new Proxy(db, {
    get(target, name) {
      const value: unknown = target[name as keyof Database];
      if (RAW.has(name)) return held(target, value as Ask, hold);
      const isModel = typeof name === 'string' && !/^[$_]/.test(name) && isObject(value);
      return isModel ? heldModel(value, hold) : value;
    },
  });

const isObject = (value: unknown): value is Readonly<Record<string | symbol, unknown>> =>
  value !== null && typeof value === 'object';

const heldModel = (model: Readonly<Record<string | symbol, unknown>>, hold: Hold) =>
  new Proxy(model, {
    get(target, name) {
      const value = target[name];
      return typeof value === 'function' ? held(target, value as Ask, hold) : value;
    },
  });

const held =
  (owner: object, ask: Ask, hold: Hold): Ask =>
  (...input) =>
    hold(() => ask.apply(owner, input));
