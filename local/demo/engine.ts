import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../platform/config.ts';
import { projectRoot } from '../../prisma/root.ts';
import { logTail, startChild } from '../child.ts';
import { isLocked } from '../lock.ts';
import { type RunningStack, readRunningStack } from '../running.ts';
import { UserError } from '../user-error.ts';

const READY_WITHIN_MS = 180_000;
const ANSWER_WITHIN_MS = 15_000;
const STOP_GRACE_MS = 45_000;

/** The engine that the demo talks to. */
export interface Engine {
  readonly api: string;
  readonly platformKey: string;
  readonly temporalUi: string | null;
  /** For the prover; null when only the engine knows its database. */
  readonly databaseUrl: string | null;
  /** Stops it when this process started it for itself. */
  stop(): Promise<void>;
}

async function answers(api: string): Promise<boolean> {
  try {
    const response = await fetch(`${api}/readyz`, { signal: AbortSignal.timeout(3_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function until(ready: () => Promise<boolean> | boolean, within_ms: number): Promise<boolean> {
  const deadline_ms = performance.now() + within_ms;
  for (;;) {
    if (await ready()) return true;
    if (performance.now() > deadline_ms) return false;
    await sleep(100);
  }
}

function keyIn(file: string, api: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new UserError(
    `An engine answers at ${api}, but its platform key is not in ${file}: set DATA_DIR to the engine’s ` +
      'data folder, or API_PORT to the engine you mean.',
  );
}

const nothing = async (): Promise<void> => undefined;

function engineOf(stack: RunningStack, stop: () => Promise<void>): Engine {
  return {
    api: stack.api,
    platformKey: keyIn(stack.platform_key_file, stack.api),
    temporalUi: stack.temporal_ui,
    databaseUrl: stack.database_url,
    stop,
  };
}

interface Started {
  /** Whether it has ended. */
  ended(): boolean;
  stop(): Promise<void>;
}

/**
 * Starts `npm start` for as long as this process runs. What local/child.ts starts ends with us, however we
 * end.
 */
async function startForNow(logFile: string): Promise<Started> {
  const child = await startChild({
    name: 'npm start',
    command: process.execPath,
    args: [path.join(projectRoot(), 'local', 'start.mjs')],
    cwd: projectRoot(),
    logFile,
  });
  const stop = async (): Promise<void> => {
    await child.stop(STOP_GRACE_MS);
  };
  return { ended: () => child.exit() !== null, stop };
}

/** Starts `npm start` on its own feet. */
function startToStay(logFile: string): Started {
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [path.join(projectRoot(), 'local', 'start.mjs')], {
    cwd: projectRoot(),
    stdio: ['ignore', log, log],
    detached: true,
  });
  child.unref();
  return { ended: () => child.exitCode !== null, stop: nothing };
}

async function startEngine(config: Config, keep: boolean, signal: AbortSignal): Promise<Engine> {
  const logFile = path.join(config.DATA_DIR, 'logs', 'start.log');
  const started = keep ? startToStay(logFile) : await startForNow(logFile);
  const isUp = () => {
    signal.throwIfAborted();
    return started.ended() || readRunningStack(config.DATA_DIR) !== null;
  };
  try {
    const isReady = await until(isUp, READY_WITHIN_MS);
    const stack = readRunningStack(config.DATA_DIR);
    if (isReady && stack !== null) return engineOf(stack, started.stop);
    throw new UserError(`The engine could not be started; its own words (${logFile}):\n${logTail(logFile)}`);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/**
 * The engine that runs on DATA_DIR, else the one that answers on API_PORT, else a new one.
 * Errors: `UserError` when it cannot be reached, started, or has no key for us.
 */
export async function findEngine(
  config: Config,
  {
    keep,
    say,
    signal,
  }: { readonly keep: boolean; readonly say: (line: string) => void; readonly signal: AbortSignal },
): Promise<Engine> {
  if (isLocked(config.DATA_DIR)) {
    await until(
      () => readRunningStack(config.DATA_DIR) !== null || !isLocked(config.DATA_DIR),
      READY_WITHIN_MS,
    );
    const stack = readRunningStack(config.DATA_DIR);
    if (stack !== null) {
      if (await until(() => answers(stack.api), ANSWER_WITHIN_MS)) return engineOf(stack, nothing);
      throw new UserError(
        `The engine on ${config.DATA_DIR} does not answer at ${stack.api}: see its logs, and start it ` +
          'again with npm start.',
      );
    }
  }
  const api = `http://localhost:${config.API_PORT}`;
  if (await answers(api)) {
    const platformKey = keyIn(path.join(config.DATA_DIR, 'platform-key'), api);
    return { api, platformKey, temporalUi: null, databaseUrl: config.DATABASE_URL ?? null, stop: nothing };
  }
  say('no engine runs: starting one (npm start)');
  return await startEngine(config, keep, signal);
}
