import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** Runs one statement, or one script, on a new connection. */
export async function execute(url: string, sql: string): Promise<void> {
  await withClient(url, (client) => client.query(sql));
}

/** Runs `work` on a new connection, and closes it afterwards. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** An empty database that goes away again. */
export interface ScratchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * Creates an empty database on the server of `url`.
 * @param url PostgreSQL URL of a role that may create databases.
 */
export async function createScratchDatabase(url: string): Promise<ScratchDatabase> {
  const name = `prisma_migrate_shadow_db_${randomUUID()}`;
  await execute(url, `CREATE DATABASE "${name}"`);
  const scratch = new URL(url);
  scratch.pathname = `/${name}`;
  return {
    url: scratch.href,
    drop: () => execute(url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
}
