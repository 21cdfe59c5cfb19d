import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { createScratchDatabase } from './scratch.ts';

function driverError(error: unknown): DriverAdapterError {
  const from = error as Partial<pg.DatabaseError> & { message: string };
  return new DriverAdapterError({
    kind: 'postgres',
    code: from.code ?? 'XX000',
    severity: from.severity ?? 'ERROR',
    message: from.message,
    detail: from.detail,
    column: from.column,
    hint: from.hint,
  });
}

/** Object ids of PostgreSQL's types "char" and "char"[] (src/include/catalog/pg_type.dat). */
const CHAR = 18;
const CHAR_ARRAY = 1002;

/**
 * `PrismaPg` knows PostgreSQL's arrays of "char" but not "char", in which the catalog keeps the kinds of
 * constraints that the engine reads. So a "char" passes through it under the array's name, which nothing
 * in the catalog needs, and gets its own name back afterwards.
 */
function passCharacters(pool: pg.Pool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryArrayResult>;
  const renamed = async (...args: unknown[]) => {
    const result = await query(...args);
    // A script of several statements returns a list of results, whose fields nobody reads.
    for (const field of result.fields ?? []) if (field.dataTypeID === CHAR) field.dataTypeID = CHAR_ARRAY;
    return result;
  };
  pool.query = renamed as typeof pool.query;
}

function withCharacters(result: SqlResultSet): SqlResultSet {
  const { Character, CharacterArray } = ColumnTypeEnum;
  const columnTypes = result.columnTypes.map((type) => (type === CharacterArray ? Character : type));
  return { ...result, columnTypes };
}

/**
 * The schema engine's way to PostgreSQL. It differs from `PrismaPg` in four things that matter to migrations:
 * a script goes to the server whole (splitting at semicolons would cut functions apart), and so it is one
 * transaction; a scratch database is another database even when the connection is given as a URL; all
 * connections can be closed; and constraints are understood.
 */
export class MigrationAdapterFactory implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'postgres' as const;
  readonly adapterName = '@prisma/adapter-pg';
  readonly #url: string;
  readonly #open = new Set<() => Promise<void>>();

  /** @param url PostgreSQL URL of a role that owns the schema. */
  constructor(url: string) {
    this.#url = url;
  }

  connect(): Promise<SqlDriverAdapter> {
    return this.#adapter(this.#url, async () => undefined);
  }

  /** Makes a scratch database, which goes away with its adapter. */
  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    const scratch = await createScratchDatabase(this.#url);
    return this.#adapter(scratch.url, scratch.drop);
  }

  async #adapter(url: string, after: () => Promise<void>): Promise<SqlDriverAdapter> {
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    passCharacters(pool);
    // A scratch database is dropped under idle connections: their loss is no event.
    const factory = new PrismaPg(pool, { onPoolError: () => undefined });
    const adapter: SqlDriverAdapter = await factory.connect();
    let closed: Promise<void> | undefined;
    const close = () => {
      this.#open.delete(close);
      closed ??= pool.end().then(after);
      return closed;
    };
    this.#open.add(close);
    adapter.dispose = close;
    const send = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => withCharacters(await send(query));
    adapter.executeScript = async (script) => {
      await pool.query(script).catch((error: unknown) => {
        throw driverError(error);
      });
    };
    return adapter;
  }

  /** Closes whatever the engine left open. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((close) => close()));
  }
}
