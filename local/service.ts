import { connect } from 'node:net';
import path from 'node:path';
import { projectRoot } from '../prisma/root.ts';
import { startChild, untilReady } from './child.ts';
import type { Part } from './supervisor.ts';

export interface ServiceOptions {
  readonly name: string;
  /** The compiled entry point, from the project's folder. */
  readonly entry: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** How long it may take to finish its work once it is to stop, in milliseconds. */
  readonly graceMs: number;
}

async function answersReady(port: number): Promise<boolean> {
  // Asked often until it listens, and a fetch that finds nobody costs many times what a connection does.
  if (!(await listens(port))) return false;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => settle(true)).once('error', () => settle(false));
    const settle = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
  });
}

/**
 * Starts a process of our own and waits until its `/readyz` answers 2xx. Errors: `UserError` with the end of
 * its log.
 */
export async function startService(options: ServiceOptions): Promise<Part> {
  const child = await startChild({
    name: options.name,
    command: process.execPath,
    args: ['--enable-source-maps', path.join(projectRoot(), options.entry)],
    logFile: options.logFile,
    cwd: projectRoot(),
    env: options.env,
  });
  await untilReady(child, () => answersReady(options.port), 60_000, options.signal).catch(async (error) => {
    await child.stop();
    throw error;
  });
  return { child, stop: () => child.stop(options.graceMs) };
}
