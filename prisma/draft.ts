import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withClient } from './connection.ts';
import { schemaFile, withEngine } from './engine.ts';
import { type FunctionChange, type FunctionFile, functionDrift, functionFiles } from './functions.ts';
import { migrate } from './migrate.ts';
import { migrationList, migrationsFolder, NO_FILTERS } from './migration-files.ts';
import { createScratchDatabase } from './scratch.ts';

/**
 * Writes the next migration with what `draftMigration` finds, for review before it is applied.
 * @param name Lower case words joined by underscores; the folder's name ends with it.
 * @param now The time stamp in the folder's name.
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

/**
 * The SQL of the next migration: what schema.prisma has beyond the migrations, then every function whose
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
      filters: NO_FILTERS,
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
