import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../prisma/root.ts';
import { UserError } from './user-error.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Both output streams go there; the file of the run before is kept as `<name>.previous.log`. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Open files that it gets as its descriptors from 3 on. */
  readonly files?: readonly number[];
  /** The signal on which it ends by itself. */
  readonly stopSignal?: NodeJS.Signals;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  /** Null while it runs. */
  exit(): Exit | null;
  /** Asks it to end, and kills it when it has not done so after `graceMs`. Resolves when it is gone. */
  stop(graceMs?: number): Promise<Exit>;
}

/**
 * Start time of a process in clock ticks since boot, '0' where there is no /proc: with the pid it names one
 * process for good.
 */
export function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

let reaper: ChildProcess | undefined;

/** Tells the reaper, which outlives this process, whom to end if we die without doing so. */
function tellReaper(line: string): void {
  if (!reaper) {
    const script = path.join(projectRoot(), 'local', 'reaper.mjs');
    reaper = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    reaper.unref();
    reaper.on('error', () => undefined);
    reaper.stdin?.on('error', () => undefined);
    (reaper.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }
  reaper.stdin?.write(`${line}\n`);
}

function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync(file)) renameSync(file, file.replace(/\.log$/, '.previous.log'));
  return openSync(file, 'w');
}

/**
 * Starts a process in its own process group, so that Ctrl-C in a terminal reaches only us and the order of
 * stopping stays ours.
 * Errors: `UserError` when the program cannot be started.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = openLog(options.logFile);
  const child = spawn(options.command, [...options.args], {
    stdio: ['ignore', log, log, ...(options.files ?? [])],
    detached: true,
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.user ?? {}),
  });
  closeSync(log);
  let exit: Exit | null = null;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      if (child.pid !== undefined) tellReaper(`remove ${child.pid}`);
      resolve(exit);
    });
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new UserError(`${options.name} could not be started (${options.command}): ${error.message}.`)),
    );
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const stopSignal = options.stopSignal ?? 'SIGTERM';
  tellReaper(`add ${pid} ${startTime(pid)} ${stopSignal}`);
  return {
    name: options.name,
    pid,
    logFile: options.logFile,
    exited,
    exit: () => exit,
    async stop(graceMs = 10_000) {
      if (exit === null) child.kill(stopSignal);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** The last lines of a child's log. */
export function logTail(file: string, lines = 8): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/**
 * Waits until `ready` returns true.
 * Errors: `UserError` when the child ends first or `timeoutMs` pass, with the end of its log.
 */
export async function untilReady(
  child: Child,
  ready: () => Promise<boolean> | boolean,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ready())) {
    signal?.throwIfAborted();
    const exit = child.exit();
    if (exit) {
      throw new UserError(`${describeExit(child, exit)} before it was ready.\n${logTail(child.logFile)}`);
    }
    if (Date.now() > deadline) {
      throw new UserError(
        `${child.name} was not ready after ${timeoutMs / 1000} s; its log is ` +
          `${child.logFile}.\n${logTail(child.logFile)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** "API ended by itself (exit code 1; log: …)". */
export function describeExit(child: Child, exit: Exit): string {
  const how = exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
  return `${child.name} ended by itself (${how}; log: ${child.logFile})`;
}
