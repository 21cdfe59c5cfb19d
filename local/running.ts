import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isLocked } from './lock.ts';

/** Where the parts of a running stack are. */
export interface RunningStack {
  readonly api: string;
  readonly worker: string;
  readonly temporal_address: string;
  /** Null when Temporal is somebody else's. */
  readonly temporal_ui: string | null;
  /** The application's login. */
  readonly database_url: string;
  /** The owner's, for migrations and for looking at everything. */
  readonly owner_url: string;
  readonly platform_key_file: string;
}

const fileOf = (dataDir: string) => path.join(dataDir, 'stack.json');

/**
 * Stores where the stack runs, for the demo, the prover and the benchmarks. The file holds passwords, so only
 * its owner may read it.
 */
export function writeRunningStack(dataDir: string, stack: RunningStack): void {
  rmSync(fileOf(dataDir), { force: true });
  writeFileSync(fileOf(dataDir), `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
}

export function forgetRunningStack(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true });
}

/** The stack that runs on that data folder, or null when none does. */
export function readRunningStack(dataDir: string): RunningStack | null {
  if (!isLocked(dataDir)) return null;
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as RunningStack;
  } catch {
    return null;
  }
}
