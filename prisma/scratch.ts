import { randomUUID } from 'node:crypto';
import { execute } from './connection.ts';

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
