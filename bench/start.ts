import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../local/temporary.ts';
import { freePort } from '../platform/ports.ts';
import { projectRoot } from '../prisma/root.ts';
import type { Benchmark } from './benchmark.ts';

/** The most that a second start may take. */
const TARGET_S = 10;

/**
 * Seconds from typing `npm start`, a second time, to an engine that is ready; the reference is the target
 * itself.
 */
export const start: Benchmark = {
  name: 'start',
  unit: 's',
  async prepare() {
    const folder = temporaryFolder('referral-bench-start-');
    const ports = [
      ...['API_PORT', 'METRICS_PORT', 'WORKER_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'],
      'POSTGRES_PORT',
    ];
    const free = await Promise.all(ports.map(async (name) => [name, String(await freePort())] as const));
    const env = { ...process.env, ...Object.fromEntries(free), DATA_DIR: folder };
    await startOnce(env);
    return {
      ours: () => startOnce(env),
      reference: async () => TARGET_S,
      notes: () => ['the reference is the target: a ratio of 1 or less reaches it'],
      async close() {
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

/**
 * Starts the stack, waits for the line that says it is ready, and stops it. Returns the seconds until ready.
 */
async function startOnce(env: NodeJS.ProcessEnv): Promise<number> {
  const started_ms = performance.now();
  const engine = spawn(process.execPath, [path.join('local', 'start.mjs')], {
    cwd: projectRoot(),
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await untilReady(engine);
  const seconds = (performance.now() - started_ms) / 1_000;
  engine.kill('SIGTERM');
  await once(engine, 'exit');
  return seconds;
}

async function untilReady(engine: ChildProcess): Promise<void> {
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    engine.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes('The engine runs')) resolve();
    });
    engine.once('exit', () => reject(new Error(`npm start ended before it was ready:\n${seen}`)));
  });
}
