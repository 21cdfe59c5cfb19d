import { PrismaPg } from '@prisma/adapter-pg';
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
}

/** Every connection takes the application's role, so that even an owner's login cannot write the ledger past its functions. */
export const APPLICATION_ROLE = 'referral_app';

/** Settings for any `pg` connection of the application: its role and its limits. */
export function connectionConfig({ url, statement_timeout_ms = 30_000 }: Omit<DatabaseOptions, 'poolMax'>) {
  return {
    connectionString: url,
    options: `-c role=${APPLICATION_ROLE} -c statement_timeout=${statement_timeout_ms}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  };
}

/** Opens nothing yet: the first query connects. */
export function createDatabase(options: DatabaseOptions): Database {
  return new PrismaClient({ adapter: new PrismaPg({ ...connectionConfig(options), max: options.poolMax }) });
}
