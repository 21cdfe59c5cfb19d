import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { ensurePlatformKey } from '../../api/keys/create.ts';
import { ensureAppLogin, ensureDatabase } from '../../local/app-login.ts';
import { startPostgres } from '../../local/postgres.ts';
import { startService } from '../../local/service.ts';
import { startTemporalServer } from '../../local/temporal.ts';
import { temporaryFolder } from '../../local/temporary.ts';
import { freePort } from '../../platform/ports.ts';
import { createDatabase } from '../../prisma/client.ts';
import { migrate } from '../../prisma/migrate.ts';
import { projectRoot } from '../../prisma/root.ts';
import { useResource } from './resource.ts';
import { type Restartable, restartable } from './storm-process.ts';

const DATABASE = 'storm';
const PLATFORM_SECRET = 'stormstormstormstormstormstormstorm';

/** The engine in processes of its own: durable PostgreSQL, Temporal on a file, the built API and worker. */
export interface Storm {
  readonly postgres: Restartable;
  readonly temporal: Restartable;
  readonly workers: readonly Restartable[];
  readonly apis: readonly (Restartable & { readonly url: string })[];
  /** The superuser's connections to the engine's database: to look, and to arrange accidents. */
  readonly owner: pg.Pool;
  /** The application's URL of the database. */
  readonly databaseUrl: string;
  readonly platformKey: string;
  readonly temporalAddress: string;
  close(): Promise<void>;
}

/** Rebuilds what is stale, and takes no time when nothing is. */
function build(): void {
  execFileSync(process.execPath, [path.join(projectRoot(), 'local', 'run.mjs')], { stdio: 'pipe' });
}

async function postgresIn(folder: string) {
  const port = await freePort();
  const server = restartable((life) =>
    startPostgres({
      dataDir: path.join(folder, 'postgres'),
      port,
      password: 'storm',
      logFile: path.join(folder, `postgres-${life}.log`),
      // Commits wait for their own disk and for no standby, unless a freeze of theirs says so.
      settings: { max_connections: '150', shared_buffers: '64MB', synchronous_commit: 'local' },
    }),
  );
  return { server, url: `postgresql://postgres:storm@127.0.0.1:${port}/postgres` };
}

async function temporalIn(folder: string) {
  const port = await freePort();
  const server = restartable((life) =>
    startTemporalServer({
      port,
      dbFile: path.join(folder, 'temporal', 'temporal.db'),
      logFile: path.join(folder, `temporal-${life}.log`),
    }),
  );
  return { server, address: `127.0.0.1:${port}` };
}

async function service(folder: string, name: 'api' | 'worker', index: number, env: NodeJS.ProcessEnv) {
  const port = await freePort();
  const process = restartable((life) =>
    startService({
      name,
      entry: `dist/services/${name}.js`,
      port,
      env: { ...env, [name === 'api' ? 'API_PORT' : 'WORKER_PORT']: String(port), METRICS_PORT: '0' },
      logFile: path.join(folder, `${name}-${index}-${life}.log`),
      signal: new AbortController().signal,
      graceMs: 10_000,
    }),
  );
  return Object.assign(process, { url: `http://127.0.0.1:${port}` });
}

async function prepareDatabase(serverUrl: string) {
  const ownerUrl = await ensureDatabase(serverUrl, DATABASE);
  await migrate(ownerUrl);
  const databaseUrl = await ensureAppLogin(ownerUrl, 'storm', 'storm');
  const db = createDatabase({ url: databaseUrl, poolMax: 1 });
  const platformKey = await ensurePlatformKey(db, PLATFORM_SECRET);
  await db.$disconnect();
  const owner = new pg.Pool({ connectionString: ownerUrl, max: 4 });
  // A test that restarts the server breaks what is idle here, too.
  owner.on('error', () => undefined);
  return { databaseUrl, platformKey, owner };
}

export interface StormOptions {
  readonly apis?: number;
  readonly workers?: number;
  /** The environment's settings of the API and the worker, besides where everything is. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Builds, then starts everything in a temporary folder, on ports that the system gives. */
export async function startStorm({
  apis = 1,
  workers = 1,
  settings = {},
}: StormOptions = {}): Promise<Storm> {
  build();
  const folder = temporaryFolder('referral-storm-');
  const postgres = await postgresIn(folder);
  const temporal = await temporalIn(folder);
  const started: Restartable[] = [];
  const close = async () => {
    // The folder goes with them, so nothing has to finish. Only PostgreSQL has shared memory to give back.
    for (const process of started.reverse()) {
      await process.end(process === postgres.server ? 'SIGQUIT' : 'SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const start = async (process: Restartable) => {
    started.push(process);
    await process.start();
  };
  try {
    await Promise.all([start(postgres.server), start(temporal.server)]);
    const prepared = await prepareDatabase(postgres.url);
    const env = {
      ...process.env,
      NODE_ENV: 'test',
      LOG_LEVEL: 'warn',
      DATA_DIR: path.join(folder, 'data'),
      DATABASE_URL: prepared.databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      ...settings,
    };
    const many = (name: 'api' | 'worker', count: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => service(folder, name, index, env)));
    const all = { apis: await many('api', apis), workers: await many('worker', workers) };
    await Promise.all([...all.apis, ...all.workers].map(start));
    return {
      ...prepared,
      ...all,
      postgres: postgres.server,
      temporal: temporal.server,
      temporalAddress: temporal.address,
      async close() {
        await prepared.owner.end();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A stack that all tests of the file share. */
export const useStorm = (options?: StormOptions): Storm =>
  useResource({ make: () => startStorm(options), end: (storm) => storm.close(), within_ms: 120_000 });
