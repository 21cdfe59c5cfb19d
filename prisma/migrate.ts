import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { schemaFile, withEngine } from './engine.ts';
import { projectRoot } from './root.ts';

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
async function locked<T>(ownerUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work();
  } finally {
    await client.end();
  }
}

/** Whether `_prisma_migrations` records every migration on disk, as it is on disk, as finished; reading it is quicker than loading the engine. */
async function isUpToDate(ownerUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ migration_name: string; checksum: string; done: boolean }>(
      'SELECT migration_name, checksum, finished_at IS NOT NULL AS done FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY 1',
    );
    const onDisk = migrationList().migrationDirectories.map(({ path: name, migrationFile }) => ({
      migration_name: name,
      checksum: createHash('sha256').update(migrationFile.content.value).digest('hex'),
      done: true,
    }));
    return JSON.stringify(rows) === JSON.stringify(onDisk);
  } catch (error) {
    if ((error as Partial<pg.DatabaseError>).code === UNDEFINED_TABLE) return false;
    throw error;
  } finally {
    await client.end();
  }
}

/**
 * Applies the migrations of `prisma/migrations` that the database has not had, and records them in
 * `_prisma_migrations` as `prisma migrate deploy` does. Concurrent calls wait for each other.
 * @param ownerUrl PostgreSQL URL of a role that owns the schema.
 * @returns Names of the migrations applied now, oldest first.
 * Errors: the engine's message, naming the migration and the SQL error; what failed stays on record as failed.
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
 * The SQL that is missing in the migrations to arrive at schema.prisma, or null when they agree. The migrations are
 * replayed in a scratch database that the engine makes on the same server and drops again.
 * @param ownerUrl PostgreSQL URL of a role that may create databases.
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
 * Writes a new migration with what `schemaDrift` finds, for review before it is applied.
 * @param name Lower case words joined by underscores, said by the folder's name.
 * @param now Gives the folder's time stamp.
 * @returns The new folder, or null when schema.prisma asks for nothing new.
 */
export async function writeMigration(ownerUrl: string, name: string, now: Date): Promise<string | null> {
  const sql = await schemaDrift(ownerUrl);
  if (sql === null) return null;
  const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = path.join(migrationsFolder(), `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'migration.sql'), sql);
  return folder;
}
