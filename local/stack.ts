import path from 'node:path';
import type { Config } from '../platform/config.ts';
import {
  appLogin,
  ensureFirstKey,
  migrateOrExplain,
  ownDatabase,
  requireDatabase,
  startOwnPostgres,
} from './database.ts';
import { lockData } from './lock.ts';
import { requireFreePort } from './ports.ts';
import { createProgress, type Progress } from './progress.ts';
import { forgetRunningStack, type RunningStack, writeRunningStack } from './running.ts';
import { startService } from './service.ts';
import { stopRequested } from './stop-request.ts';
import { Supervisor } from './supervisor.ts';
import { requireTemporal, startTemporalServer } from './temporal.ts';
import { findTemporal } from './temporal-binary.ts';
import { UserError } from './user-error.ts';

/** The order of starting; stopping goes the other way. */
const ORDER = ['PostgreSQL', 'Temporal', 'worker', 'API'];

interface Boot {
  readonly config: Config;
  readonly supervisor: Supervisor;
  readonly progress: Progress;
}

async function requirePorts(config: Config): Promise<void> {
  await requireFreePort(config.API_PORT, 'the API', 'API_PORT');
  await requireFreePort(config.WORKER_PORT, 'the worker', 'WORKER_PORT');
  if (config.DATABASE_URL === undefined)
    await requireFreePort(config.POSTGRES_PORT, 'PostgreSQL', 'POSTGRES_PORT');
  if (config.TEMPORAL_ADDRESS === undefined) {
    await requireFreePort(config.TEMPORAL_PORT, 'Temporal', 'TEMPORAL_PORT');
    await requireFreePort(config.TEMPORAL_UI_PORT, 'Temporal’s Web UI', 'TEMPORAL_UI_PORT');
  }
}

interface Service {
  readonly name: string;
  readonly entry: string;
  readonly port: number;
  readonly graceMs: number;
  readonly database_url: string;
  readonly temporal_address: string;
}

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

/** What can be started at once is: the API needs only the database, the worker Temporal too. */
async function boot(parts: Boot): Promise<RunningStack> {
  const { config, progress } = parts;
  const temporalAddress = config.TEMPORAL_ADDRESS ?? `127.0.0.1:${config.TEMPORAL_PORT}`;
  const temporal = bootTemporal(parts);
  const databases = bootDatabase(parts);
  const api = databases.then(async ({ app }) => {
    const common = { database_url: app, temporal_address: temporalAddress };
    const service = {
      ...common,
      name: 'API',
      entry: 'dist/api/main.js',
      port: config.API_PORT,
      graceMs: 10_000,
    };
    await bootService(parts, service);
  });
  const worker = Promise.all([databases, temporal]).then(async ([{ app }]) => {
    const common = { database_url: app, temporal_address: temporalAddress };
    const service = {
      ...common,
      name: 'worker',
      entry: 'dist/worker/main.js',
      port: config.WORKER_PORT,
      graceMs: 20_000,
    };
    await bootService(parts, service);
  });
  const key = databases.then(({ app }) => ensureFirstKey(config, app));
  const [{ app, owner }, platformKeyFile] = await Promise.all([databases, key, api, worker]);
  progress.say(`logs are in ${path.join(config.DATA_DIR, 'logs')}`);
  return {
    api: `http://localhost:${config.API_PORT}`,
    worker: `http://localhost:${config.WORKER_PORT}`,
    temporal_address: temporalAddress,
    temporal_ui: config.TEMPORAL_ADDRESS === undefined ? `http://localhost:${config.TEMPORAL_UI_PORT}` : null,
    database_url: app,
    owner_url: owner,
    platform_key_file: platformKeyFile,
  };
}

function summary(config: Config, stack: RunningStack, seconds: number): string {
  const database = new URL(stack.database_url);
  if (database.password) database.password = '***';
  const webUi = stack.temporal_ui ? `   Web UI at ${stack.temporal_ui}` : '';
  return [
    '',
    `The engine runs (ready after ${seconds.toFixed(1)} s).`,
    `  API            ${stack.api}   (tRPC at ${stack.api}/trpc, health at /readyz, metrics at /metrics)`,
    `  Temporal       ${stack.temporal_address}${webUi}`,
    `  PostgreSQL     ${database.href}`,
    `  Worker         ${stack.worker}/metrics`,
    ...(config.SMTP_URL === undefined && config.NODE_ENV !== 'production'
      ? [`  Mailbox        ${stack.api}/mailbox   (e-mails are kept there, not sent)`]
      : []),
    `  First sign-in  the platform key in ${stack.platform_key_file}, sent as "Authorization: Bearer <key>"`,
    '',
    'Ctrl-C stops all of it. npm run demo, in another terminal, shows it at work.',
  ].join('\n');
}

/**
 * Runs the stack until it is asked to stop.
 * Errors: `UserError` when something cannot be started or ends by itself; nothing is left running then.
 */
export async function runStack(config: Config): Promise<void> {
  const begun = performance.now();
  const progress = createProgress();
  const stop = stopRequested();
  const lock = await lockData(config.DATA_DIR);
  const supervisor = new Supervisor((child) => lock.record(child.name, child.pid));
  let failed = false;
  try {
    await requirePorts(config);
    const booting = boot({ config, supervisor, progress });
    booting.catch(() => undefined);
    const stack = await Promise.race([booting, stop, supervisor.failure]);
    if (stack instanceof UserError) throw stack;
    if (stack === undefined) return;
    writeRunningStack(config.DATA_DIR, stack);
    console.log(summary(config, stack, (performance.now() - begun) / 1000));
    const problem = await Promise.race([supervisor.failure, stop]);
    if (problem) throw problem;
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    console.log(failed ? '' : '\nStopping.');
    await supervisor.stop(ORDER, (name) => progress.say(`stopping ${name}`));
    forgetRunningStack(config.DATA_DIR);
    lock.release();
  }
}
