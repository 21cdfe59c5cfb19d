import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { nativeProgram } from './postgres-native.ts';
import { handDown, type SystemUser } from './postgres-reach.ts';
import { messageOf, UserError } from './user-error.ts';

const MAJOR = '18';

export interface ClusterOptions {
  /** The cluster's folder; it is initialised when it does not exist. */
  readonly dataDir: string;
  /** Password of the superuser `postgres`. */
  readonly password: string;
  /** For tests: nothing is synced to disk, passwords come as they are, and `stop` removes the folder. */
  readonly ephemeral?: boolean;
}

/**
 * Leaves a whole cluster of our version in `options.dataDir`, new unless there is one. `native` is
 * PostgreSQL's own folder. Errors: `UserError` for a half-initialised folder, or one of another version.
 */
export function prepareCluster(native: string, options: ClusterOptions, user: SystemUser | undefined): void {
  const { dataDir } = options;
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    checkCluster(dataDir);
    return;
  }
  rmSync(dataDir, { recursive: true, force: true });
  initialise(native, options, user);
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
 * How a password proves itself. SCRAM keeps it off the wire, which here is this machine, and makes it slow to
 * try others: both together cost more than the rest of a connection, of which tests open thousands.
 */
const AUTH = {
  kept: ['--auth=scram-sha-256'],
  ephemeral: ['--auth=password', '--set=scram_iterations=1', '--no-sync'],
} as const;

/**
 * Runs initdb beside the final place and renames at the end, so that an interrupted run leaves nothing half
 * made there.
 */
function initialise(native: string, options: ClusterOptions, user: SystemUser | undefined): void {
  const fresh = `${options.dataDir}.new`;
  const passwordFile = `${options.dataDir}.password`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (user) for (const owned of [fresh, passwordFile]) chownSync(owned, user.uid, user.gid);
  const initdb = nativeProgram(native, 'initdb');
  const { names, files, close } = handDown([fresh, passwordFile], user);
  try {
    execFileSync(
      initdb,
      [
        `--pgdata=${names[0]}`,
        '--username=postgres',
        ...AUTH[options.ephemeral ? 'ephemeral' : 'kept'],
        `--pwfile=${names[1]}`,
        '--encoding=UTF8',
        '--locale=C.UTF-8',
      ],
      { stdio: ['ignore', 'ignore', 'pipe', ...files], cwd: '/', ...(user ?? {}) },
    );
    renameSync(fresh, options.dataDir);
  } catch (error) {
    const stderr = String((error as { stderr?: unknown }).stderr ?? '').trim();
    rmSync(fresh, { recursive: true, force: true });
    throw new UserError(
      `PostgreSQL could not be initialised in ${options.dataDir}: ${stderr || messageOf(error)}`,
    );
  } finally {
    close();
    rmSync(passwordFile, { force: true });
  }
}

/**
 * The user to run PostgreSQL as when this process is root's, which PostgreSQL refuses: `postgres`, or
 * `nobody` where there is no such user. Undefined for any other user. Errors: `UserError` when neither
 * exists.
 */
export function unprivilegedUser(): SystemUser | undefined {
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
