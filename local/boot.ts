import path from 'node:path';
import type { FirstOperator } from '../engine/users/first-operator.ts';
import type { Config } from '../platform/config.ts';
import {
  appLogin,
  ensureFirstKey,
  ensureFirstSignIn,
  migrateOrExplain,
  ownDatabase,
  requireDatabase,
  startOwnPostgres,
} from './database.ts';
import type { Progress } from './progress.ts';
import type { RunningStack } from './running.ts';
import { startService } from './service.ts';
import type { Supervisor } from './supervisor.ts';
import { requireTemporal, startTemporalServer } from './temporal.ts';
import { findTemporal } from './temporal-binary.ts';

export interface Boot {
  readonly config: Config;
  readonly supervisor: Supervisor;
  readonly progress: Progress;
}

/** What runs, and how the first operator signs in; null: somebody has an account already. */
export interface Booted {
  readonly stack: RunningStack;
  readonly firstOperator: FirstOperator | null;
}

/**
 * Starts the database, Temporal, the API and the worker, each as early as it can: the API needs only the
 * database, the worker needs Temporal too. Errors: `UserError` when one cannot be started.
 */
export async function boot(parts: Boot): Promise<Booted> {
  const { config, progress } = parts;
  const temporalAddress = config.TEMPORAL_ADDRESS ?? `127.0.0.1:${config.TEMPORAL_PORT}`;
  const temporal = bootTemporal(parts);
  const databases = bootDatabase(parts);
  const api = databases.then(({ app }) => {
    const addresses = { database_url: app, temporal_address: temporalAddress };
    return bootService(parts, { ...API, ...addresses, port: config.API_PORT });
  });
  const worker = Promise.all([databases, temporal]).then(([{ app }]) => {
    const addresses = { database_url: app, temporal_address: temporalAddress };
    return bootService(parts, { ...WORKER, ...addresses, port: config.WORKER_PORT });
  });
  const key = databases.then(({ app }) => ensureFirstKey(config, app));
  const [{ app, owner }, platformKeyFile] = await Promise.all([databases, key, api, worker]);
  // Last: a password that is never shown would keep everybody out.
  const firstOperator = await ensureFirstSignIn(app);
  progress.say(`logs are in ${path.join(config.DATA_DIR, 'logs')}`);
  const stack = {
    api: `http://localhost:${config.API_PORT}`,
    worker: `http://localhost:${config.WORKER_PORT}`,
    temporal_address: temporalAddress,
    temporal_ui: config.TEMPORAL_ADDRESS === undefined ? `http://localhost:${config.TEMPORAL_UI_PORT}` : null,
    database_url: app,
    owner_url: owner,
    platform_key_file: platformKeyFile,
  };
  return { stack, firstOperator };
}

interface Service {
  readonly name: string;
  readonly entry: string;
  readonly port: number;
  readonly graceMs: number;
  readonly database_url: string;
  readonly temporal_address: string;
}

const API = { name: 'API', entry: 'dist/services/api.js', graceMs: 10_000 };
const WORKER = { name: 'worker', entry: 'dist/services/worker.js', graceMs: 20_000 };

interface Databases {
  readonly app: string;
  readonly owner: string;
}

async function bootDatabase({ config, supervisor, progress }: Boot): Promise<Databases> {
  const given = config.DATABASE_URL;
  if (given !== undefined) {
    const owner = config.MIGRATE_DATABASE_URL ?? given;
    await progress.step('PostgreSQL of yours reached', () => requireDatabase(given, 'DATABASE_URL'));
    if (owner !== given) await requireDatabase(owner, 'MIGRATE_DATABASE_URL');
    await progress.step('migrations applied', () => migrateOrExplain(owner));
    return { app: given, owner };
  }
  const server = await progress.step('PostgreSQL started', () =>
    supervisor.start((signal) => startOwnPostgres(config, signal)),
  );
  const owner = await ownDatabase(server);
  await progress.step('migrations applied', () => migrateOrExplain(owner));
  return { owner, app: await appLogin(config, owner) };
}

async function bootTemporal({ config, supervisor, progress }: Boot): Promise<void> {
  const given = config.TEMPORAL_ADDRESS;
  const namespace = config.TEMPORAL_NAMESPACE;
  if (given !== undefined) {
    await progress.step('Temporal of yours reached', () => requireTemporal(given, namespace));
    return;
  }
  const binary = await findTemporal(progress.say, supervisor.signal);
  await progress.step('Temporal started', () =>
    supervisor.start((signal) =>
      startTemporalServer({
        port: config.TEMPORAL_PORT,
        uiPort: config.TEMPORAL_UI_PORT,
        dbFile: path.join(config.DATA_DIR, 'temporal', 'temporal.db'),
        logFile: path.join(config.DATA_DIR, 'logs', 'temporal.log'),
        namespace,
        binary,
        signal,
      }),
    ),
  );
}

/** Starts one of our own processes. */
function bootService({ config, supervisor, progress }: Boot, service: Service): Promise<unknown> {
  const env = {
    ...process.env,
    DATA_DIR: config.DATA_DIR,
    DATABASE_URL: service.database_url,
    TEMPORAL_ADDRESS: service.temporal_address,
  };
  const logFile = path.join(config.DATA_DIR, 'logs', `${service.name.toLowerCase()}.log`);
  return progress.step(`${service.name} ready`, () =>
    supervisor.start((signal) => startService({ ...service, env, signal, logFile })),
  );
}
