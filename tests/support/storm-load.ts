import { setTimeout as sleep } from 'node:timers/promises';
import type { Restartable } from './storm-process.ts';
import type { Referrer, StormProgram } from './storm-program.ts';

export interface LoadOptions {
  /** Requests under way at once. */
  readonly lanes: number;
  /** Between one and the next of a lane. */
  readonly rest_ms: number;
  /** Requests in all: a slow machine shall not be given the more to do. */
  readonly count: number;
}

/** Does `work` `count` times in the background. Resolves with all done. Awaited late, rejects no earlier. */
export function underLoad(
  { lanes, rest_ms, count }: LoadOptions,
  work: (index: number) => Promise<unknown>,
): Promise<unknown> {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      await work(next++);
      await sleep(rest_ms);
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));
  running.catch(() => undefined);
  return running;
}

/** Signups and purchases of `count` members, all through one referrer, spread over some seconds. */
export function referMany(program: StormProgram, referrer: Referrer, count = 60): Promise<unknown> {
  return underLoad({ lanes: 3, rest_ms: 150, count }, async (index) => {
    await program.signup(`s${index}`, referrer.code);
    await program.purchase(`s${index}`);
  });
}

/** Kills a process `lives` times, each after a random time up to `most_ms`, and starts it again at once. */
export async function killOften(
  process: Restartable,
  lives: number,
  most_ms: number,
  random: () => number,
): Promise<void> {
  for (let life = 0; life < lives; life += 1) {
    await sleep(100 + random() * most_ms);
    await process.end('SIGKILL');
    await process.start();
  }
}
