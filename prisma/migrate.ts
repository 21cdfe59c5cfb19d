import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { schemaFile, withEngine } from './engine.ts';
import { type FunctionChange, type FunctionFile, functionDrift, functionFiles } from './functions.ts';
import { projectRoot } from './root.ts';
import { createScratchDatabase, withClient } from './scratch.ts';

/** Key of the advisory lock that lets one migration run at a time: "refe" in ASCII. */
const MIGRATION_LOCK = 0x72656665;

/** SQLSTATE of a table that does not exist. */
const UNDEFINED_TABLE = '42P01';

const LOCK_FILE = 'migration_lock.toml';
const filters = { externalTables: [], externalEnums: [] };

function migrationsFolder(): string {
  return path.join(projectRoot(), 'prisma', 'migrations');
}

/** The migrations on disk, oldest first, in the shape the engine reads. */
function migrationList() {
  const baseDir = migrationsFolder();
  const directories = readdirSync(baseDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(baseDir, entry.name, 'migration.sql')))
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir,
    lockfile: { path: LOCK_FILE, content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: directories.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: readFileSync(path.join(baseDir, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  };
}

/** Runs `work` while no other process migrates the same database. */
function locked<T>(ownerUrl: string, work: () => Promise<T>): Promise<T> {
  return withClient(ownerUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return work();
  });
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
        filters,
      });
      return appliedMigrationNames;
    }),
  );
}

/**
 * What the migrations lack to arrive at schema.prisma. The engine replays the migrations in a scratch
 * database on the same server.
 * @param ownerUrl PostgreSQL URL of a role that may create databases.
 * @returns The SQL; null when they agree.
 */
export async function schemaDrift(ownerUrl: string): Promise<string | null> {
  const { exitCode, stdout } = await withEngine(ownerUrl, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...migrationList() },
      to: { tag: 'schemaDatamodel', files: [schemaFile()] },
      script: true,
      exitCode: true,
      filters,
    }),
  );
  return exitCode === 0 ? null : (stdout ?? '');
}

/**
 * What the migrations lack to arrive at the functions in prisma/functions. The migrations are replayed in a
 * scratch database on the same server.
 * @param ownerUrl PostgreSQL URL of a role that may create databases.
 * @returns One change for each function, by name; empty when they agree.
 */
export async function migratedFunctionDrift(
  ownerUrl: string,
  files: readonly FunctionFile[] = functionFiles(),
): Promise<FunctionChange[]> {
  const scratch = await createScratchDatabase(ownerUrl);
  try {
    await migrate(scratch.url);
    return await withClient(scratch.url, (client) => functionDrift(client, files));
  } finally {
    await scratch.drop();
  }
}

/**
 * The SQL of the next migration: what schema.prisma asks for beyond the migrations, then every function whose
 * file differs from them.
 * @returns null when the migrations lack nothing.
 */
export async function draftMigration(
  ownerUrl: string,
  files: readonly FunctionFile[] = functionFiles(),
): Promise<string | null> {
  const schema = await schemaDrift(ownerUrl);
  const functions = await migratedFunctionDrift(ownerUrl, files);
  const parts = [...(schema === null ? [] : [schema]), ...functions.map(({ sql }) => sql)];
  return parts.length === 0 ? null : parts.join('\n');
}

/**
 * Writes the next migration with what `draftMigration` finds, for review before it is applied.
 * @param name Lower case words joined by underscores; the folder's name ends with it.
 * @param now Gives the time stamp in the folder's name.
 * @returns The new folder, or null when the migrations lack nothing.
 */
export async function writeMigration(ownerUrl: string, name: string, now: Date): Promise<string | null> {
  const sql = await draftMigration(ownerUrl);
  if (sql === null) return null;
  const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = path.join(migrationsFolder(), `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'migration.sql'), sql);
  return folder;
}
