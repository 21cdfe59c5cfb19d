import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './root.ts';

const LOCK_FILE = 'migration_lock.toml';

/** Every table and enum belongs to the schema: the engine ignores none. */
export const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** The folder that holds one folder for each migration. */
export function migrationsFolder(): string {
  return path.join(projectRoot(), 'prisma', 'migrations');
}

/** The migrations on disk, oldest first, in the shape the engine reads. */
export function migrationList() {
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
