import { createHash } from 'node:crypto';
import type pg from 'pg';
import { withClient } from './connection.ts';
import { withEngine } from './engine.ts';
import { migrationList, NO_FILTERS } from './migration-files.ts';

/** Key of the advisory lock that lets one migration run at a time: "refe" in ASCII. */
const MIGRATION_LOCK = 0x72656665;

/** SQLSTATE of a table that does not exist. */
const UNDEFINED_TABLE = '42P01';

/**
 * Applies the migrations of prisma/migrations that the database lacks, and records them in
 * `_prisma_migrations` as `prisma migrate deploy` does. Concurrent calls wait for each other.
 * @param ownerUrl PostgreSQL URL of a role that owns the schema.
 * @returns Names of the migrations applied by this call, oldest first.
 * Errors: the engine's message, which names the migration and the SQL error. A migration that failed stays on
 * record as failed.
 */
export async function migrate(ownerUrl: string): Promise<string[]> {
  if (await isUpToDate(ownerUrl)) return [];
  return locked(ownerUrl, () =>
    withEngine(ownerUrl, async (engine) => {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: migrationList(),
        filters: NO_FILTERS,
      });
      return appliedMigrationNames;
    }),
  );
}

/**
 * Whether `_prisma_migrations` records every migration on disk, as it is on disk, as finished. Reading this
 * table is quicker than loading the engine.
 */
async function isUpToDate(ownerUrl: string): Promise<boolean> {
  const onDisk = migrationList().migrationDirectories.map(({ path: name, migrationFile }) => ({
    name,
    checksum: createHash('sha256').update(migrationFile.content.value).digest('hex'),
    done: true,
  }));
  try {
    const { rows } = await withClient(ownerUrl, (client) =>
      client.query<{ name: string; checksum: string; done: boolean }>(
        `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS done
         FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY 1`,
      ),
    );
    return JSON.stringify(rows) === JSON.stringify(onDisk);
  } catch (error) {
    if ((error as Partial<pg.DatabaseError>).code === UNDEFINED_TABLE) return false;
    throw error;
  }
}

/** Runs `work` while no other process migrates the same database. */
function locked<T>(ownerUrl: string, work: () => Promise<T>): Promise<T> {
  return withClient(ownerUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return work();
  });
}
