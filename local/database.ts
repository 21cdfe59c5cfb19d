import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hashToken } from '../api/auth/token.ts';
import { ensurePlatformKey } from '../api/keys/create.ts';
import { ensureFirstOperator, type FirstOperator } from '../engine/users/first-operator.ts';
import type { Config } from '../platform/config.ts';
import { connectionConfig, createDatabase, type Database } from '../prisma/client.ts';
import { withClient } from '../prisma/connection.ts';
import { migrate } from '../prisma/migrate.ts';
import { ensureAppLogin, ensureDatabase } from './app-login.ts';
import { type RunningPostgres, startPostgres } from './postgres.ts';
import { storedSecret } from './secrets.ts';
import { messageOf, UserError } from './user-error.ts';

const DATABASE = 'referral';
const LOGIN = 'referral';

/** Starts the embedded PostgreSQL on the data folder, with the password stored there. */
export function startOwnPostgres(config: Config, signal?: AbortSignal): Promise<RunningPostgres> {
  return startPostgres({
    dataDir: path.join(config.DATA_DIR, 'postgres'),
    port: config.POSTGRES_PORT,
    password: storedSecret(path.join(config.DATA_DIR, 'secrets', 'postgres')),
    logFile: path.join(config.DATA_DIR, 'logs', 'postgres.log'),
    ...(signal ? { signal } : {}),
  });
}

/** The engine's database on the embedded server; made when it is not there. Returns the owner's URL. */
export function ownDatabase(server: RunningPostgres): Promise<string> {
  return ensureDatabase(server.url, DATABASE);
}

/** A database that was given by its URL. Errors: `UserError` when it cannot be reached. */
export async function requireDatabase(url: string, variable: string): Promise<string> {
  try {
    await withClient({ connectionString: url, connectionTimeoutMillis: 10_000 }, async () => undefined);
  } catch (error) {
    const { hostname, port, pathname } = new URL(url);
    throw new UserError(
      `PostgreSQL at ${hostname}:${port || 5432}${pathname} (${variable}) cannot be reached: ` +
        `${messageOf(error)}. Start it, correct ${variable}, or unset it to have one run here.`,
    );
  }
  return url;
}

/** Applies the migrations. Errors: `UserError` with the engine's reason. */
export async function migrateOrExplain(ownerUrl: string): Promise<string[]> {
  try {
    return await migrate(ownerUrl);
  } catch (error) {
    throw new UserError(
      `The migrations could not be applied: ${messageOf(error)}\nCorrect the cause, then start again; a ` +
        'migration that failed half-way is marked in _prisma_migrations.',
    );
  }
}

/** The application's login on a database of our own. Returns its URL. */
export function appLogin(config: Config, ownerUrl: string): Promise<string> {
  return ensureAppLogin(ownerUrl, LOGIN, storedSecret(path.join(config.DATA_DIR, 'secrets', 'app')));
}

/**
 * The first sign-in: a platform key, made once and kept in `platform-key` of the data folder, for its owner's
 * eyes only. Returns the file's path.
 */
export async function ensureFirstKey(config: Config, databaseUrl: string): Promise<string> {
  const file = path.join(config.DATA_DIR, 'platform-key');
  const stored = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  const secret = stored.split('_').at(-1) || randomBytes(32).toString('hex');
  const hash = hashToken(stored).toString('hex');
  const isKnown = await holds(databaseUrl, 'api_keys WHERE hash = $1 AND program_id IS NULL', [hash]);
  const token = isKnown ? stored : await withDatabase(databaseUrl, (db) => ensurePlatformKey(db, secret));
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return file;
}

/** Makes the first operator where nobody has an account yet. Their password is shown this once. */
export async function ensureFirstSignIn(databaseUrl: string): Promise<FirstOperator | null> {
  if (await holds(databaseUrl, 'users')) return null;
  return withDatabase(databaseUrl, (db) => ensureFirstOperator(db, randomBytes(15).toString('base64url')));
}

/**
 * Whether there is such a row. Any start but the first has nothing else to ask, and to load Prisma's queries
 * for it would take two seconds of a core.
 */
async function holds(databaseUrl: string, rows: string, values: readonly string[] = []): Promise<boolean> {
  const { rowCount } = await withClient(connectionConfig({ url: databaseUrl }), (client) =>
    client.query(`SELECT FROM ${rows} LIMIT 1`, [...values]),
  );
  return rowCount === 1;
}

async function withDatabase<T>(url: string, use: (db: Database) => Promise<T>): Promise<T> {
  const db = createDatabase({ url, poolMax: 1 });
  try {
    return await use(db);
  } finally {
    await db.$disconnect();
  }
}
