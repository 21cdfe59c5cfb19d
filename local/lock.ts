import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { startTime } from './child.ts';
import { UserError } from './user-error.ts';

interface Recorded {
  readonly name: string;
  readonly pid: number;
  /** Start time as the kernel counts it: with the pid it names one process for good. */
  readonly started: string;
}

interface LockFile extends Recorded {
  readonly children: readonly Recorded[];
}

export interface DataLock {
  /** Records a child, so that the next start can end it if this process dies. */
  record(name: string, pid: number): void;
  release(): void;
}

function alive({ pid, started }: Recorded): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startTime(pid) === started;
}

function readLock(file: string): LockFile | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockFile;
  } catch {
    return null;
  }
}

/** Ends what an earlier run left behind, and nothing else: pid and start time must both be as recorded. */
async function endLeftovers(children: readonly Recorded[]): Promise<void> {
  for (const child of [...children].reverse()) {
    // Without a start time (no /proc) nobody knows whether the pid still names the same process.
    if (child.started === '0' || !alive(child)) continue;
    process.kill(child.pid, 'SIGTERM');
    const deadline = Date.now() + 10_000;
    while (alive(child) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    if (alive(child)) process.kill(child.pid, 'SIGKILL');
  }
}

function create(file: string, content: LockFile): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600);
    writeSync(handle, JSON.stringify(content));
    closeSync(handle);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new UserError(
      `The data folder cannot be written (${(error as Error).message}): make ${path.dirname(file)} ` +
        'writable, or set DATA_DIR.',
    );
  }
}

/** Whether a stack runs on that data folder now. */
export function isLocked(dataDir: string): boolean {
  const lock = readLock(path.join(dataDir, 'lock.json'));
  return lock !== null && alive(lock);
}

/**
 * Makes this process the only one that runs a stack on `dataDir`. Takes over a lock whose owner is gone,
 * after ending the processes that the owner left behind.
 * Errors: `UserError` when another process holds it.
 */
export async function lockData(dataDir: string): Promise<DataLock> {
  mkdirSync(dataDir, { recursive: true });
  const file = path.join(dataDir, 'lock.json');
  const self = { name: 'npm start', pid: process.pid, started: startTime(process.pid) };
  const children: Recorded[] = [];
  for (let attempt = 0; !create(file, { ...self, children }); attempt += 1) {
    const other = readLock(file);
    if (attempt === 5 || (other !== null && alive(other))) {
      throw new UserError(
        `Another npm start (process ${other?.pid ?? 'unknown'}) already runs on ${dataDir}: stop that ` +
          'one, or give this one a folder of its own with DATA_DIR=<folder> and ports of its own.',
      );
    }
    await endLeftovers(other?.children ?? []);
    rmSync(file, { force: true });
  }
  return {
    record(name, pid) {
      children.push({ name, pid, started: startTime(pid) });
      writeFileSync(file, JSON.stringify({ ...self, children }), { mode: 0o600 });
    },
    release: () => rmSync(file, { force: true }),
  };
}
