import { existsSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../platform/config.ts';
import { appLogin, migrateOrExplain, ownDatabase, startOwnPostgres } from './database.ts';
import { lockData } from './lock.ts';
import { requireFreePort } from './ports.ts';
import { readRunningStack } from './running.ts';
import { messageOf } from './user-error.ts';

/**
 * Starts the embedded server for as long as this process runs. The reaper ends it however this process ends,
 * and the lock on the data folder is stale from then on.
 */
async function startForThisProcess(migrated: boolean): Promise<void> {
  const config = readConfig(process.env);
  const lock = await lockData(config.DATA_DIR);
  await requireFreePort(config.POSTGRES_PORT, 'PostgreSQL', 'POSTGRES_PORT');
  if (!existsSync(path.join(config.DATA_DIR, 'postgres'))) {
    console.error('There is no data yet: a new PostgreSQL cluster is made.');
  }
  const server = await startOwnPostgres(config);
  lock.record(server.child.name, server.child.pid);
  const owner = await ownDatabase(server);
  process.env['MIGRATE_DATABASE_URL'] = owner;
  if (!migrated) return;
  await migrateOrExplain(owner);
  process.env['DATABASE_URL'] = await appLogin(config, owner);
}

/**
 * Makes sure that MIGRATE_DATABASE_URL and, with `migrated`, DATABASE_URL name a database, for programs that
 * need nothing else: the given database, the running stack's, or the embedded server on the data folder.
 */
export async function provideDatabase({ migrated }: { readonly migrated: boolean }): Promise<void> {
  if (process.env['DATABASE_URL'] || process.env['MIGRATE_DATABASE_URL']) return;
  const stack = readRunningStack(readConfig(process.env).DATA_DIR);
  if (stack) {
    process.env['DATABASE_URL'] = stack.database_url;
    process.env['MIGRATE_DATABASE_URL'] = stack.owner_url;
    return;
  }
  try {
    await startForThisProcess(migrated);
  } catch (error) {
    console.error(`✗ ${messageOf(error)}`);
    process.exit(1);
  }
}
