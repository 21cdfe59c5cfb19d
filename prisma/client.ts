import { PrismaPg } from '@prisma/adapter-pg';
import { direct, doorsOf } from './direct.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';

/** A pool of connections with Prisma's typed queries. */
export type Database = PrismaClient;

/** The same queries inside one open transaction. */
export type Tx = Prisma.TransactionClient;

export interface DatabaseOptions {
  /** postgres:// URL of the application's login. */
  readonly url: string;
  /** The most connections held at once. */
  readonly poolMax: number;
  /** The longest one statement may run, in milliseconds; 0: no limit. */
  readonly statement_timeout_ms?: number;
  /** Whether a connection plans each of its statements once, whatever the values; left out: it does not. */
  readonly keepsPlans?: boolean;
}

/**
 * Every connection takes the application's role, so that even an owner's login cannot write the ledger past
 * its functions.
 */
export const APPLICATION_ROLE = 'referral_app';

/** Settings for any `pg` connection of the application: its role, its limits, and how it plans. */
export function connectionConfig(options: Omit<DatabaseOptions, 'poolMax'>) {
  const { url, statement_timeout_ms = 30_000, keepsPlans = false } = options;
  const plans = keepsPlans ? ' -c plan_cache_mode=force_generic_plan' : '';
  return {
    connectionString: url,
    options: `-c role=${APPLICATION_ROLE} -c statement_timeout=${statement_timeout_ms}${plans}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  };
}

/** Statements kept prepared on each connection; those of lists have too many shapes to keep them all. */
const PREPARED_MAX = 500;

/**
 * Names each statement, so that a connection parses and plans it once: complex statements cost more to plan
 * than to run. A pooler between us and PostgreSQL must therefore keep prepared statements (PgBouncer does,
 * from 1.21).
 */
function createNames(): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const cached = names.get(sql);
    if (cached !== undefined) return cached;
    // No name: not kept.
    if (names.size >= PREPARED_MAX) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}

/**
 * A connection that begins has to plan all of its statements. So those that a busy minute opened stay for the
 * next one.
 */
export const IDLE_MS = 300_000;

/** Limits of transactions that name none, as those of libraries: Prisma lets one wait for two seconds. */
const TRANSACTION = { maxWait: 5_000, timeout: 15_000 };

/** Opens nothing yet: the first query connects. */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = { ...connectionConfig(options), max: options.poolMax, idleTimeoutMillis: IDLE_MS };
  const adapter = new PrismaPg(pool, { statementNameGenerator: createNames() });
  const doors = doorsOf(adapter);
  return direct(new PrismaClient({ adapter, transactionOptions: TRANSACTION }), doors);
}
