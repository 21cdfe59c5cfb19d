import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { temporaryFolder } from '../../local/temporary.ts';
import { freePort } from '../../platform/ports.ts';
import { projectRoot } from '../../prisma/root.ts';
import { useResource } from './resource.ts';

export interface Run {
  readonly child: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  readonly exited: Promise<number | null>;
  /** Resolves when the text is printed; rejects when the process ends before. */
  until(text: string): Promise<void>;
}

interface Recorded {
  readonly name: string;
  readonly pid: number;
}

export const root = projectRoot();
export const READY = 'The engine runs';
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended and was not yet waited for by its new parent still has its pid.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export async function gone(processes: readonly Recorded[], withinMs: number): Promise<string[]> {
  const deadline = Date.now() + withinMs;
  const left = () => processes.filter(({ pid }) => lives(pid)).map(({ name }) => name);
  while (left().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  return left();
}

async function freePorts(): Promise<Record<string, string>> {
  const names = [
    ...['API_PORT', 'METRICS_PORT', 'WORKER_PORT', 'POSTGRES_PORT'],
    ...['TEMPORAL_PORT', 'TEMPORAL_UI_PORT'],
  ];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, String(await freePort())])));
}

/** Starts the engine as one command does, on free ports and in a folder of the test file. */
export function useLocalEngine() {
  const folder = temporaryFolder('referral-local-');
  const dataDir = path.join(folder, 'data');
  const running = new Set<Run>();
  const ports = useResource({ make: freePorts });

  /** `npm start` without npm in between, so that signals go to the process itself. */
  function start(
    env: NodeJS.ProcessEnv = {},
    args: readonly string[] = [],
    [command = '', ...first] = [process.execPath, path.join(root, 'local', 'start.mjs')],
  ): Run {
    const {
      DATABASE_URL,
      MIGRATE_DATABASE_URL,
      TEMPORAL_ADDRESS,
      NODE_ENV,
      npm_lifecycle_event,
      ...inherited
    } = process.env;
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      env: { ...inherited, DATA_DIR: dataDir, ...ports, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        printed += String(chunk);
      });
    }
    const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    const run: Run = {
      child,
      output: () => printed,
      exited,
      async until(text) {
        const ended = exited.then(() => true);
        while (!printed.includes(text)) {
          const over = await Promise.race([
            ended,
            new Promise<false>((resolve) => setTimeout(() => resolve(false), 50)),
          ]);
          if (over && !printed.includes(text)) throw new Error(`ended without "${text}":\n${printed}`);
        }
      },
    };
    running.add(run);
    exited.then(() => running.delete(run));
    return run;
  }

  function children(): Recorded[] {
    return (JSON.parse(readFileSync(path.join(dataDir, 'lock.json'), 'utf8')) as { children: Recorded[] })
      .children;
  }

  afterEach(async () => {
    for (const run of running) {
      run.child.kill('SIGTERM');
      await run.exited;
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  return { folder, dataDir, ports, start, children };
}
