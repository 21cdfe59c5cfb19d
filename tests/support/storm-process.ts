import type { Child } from '../../local/child.ts';

/** A process of the stack that a test ends as it likes and starts again in its place. */
export interface Restartable {
  /** Starts it and waits until it is ready. */
  start(): Promise<void>;
  /** Ends it by a signal, SIGKILL unless said otherwise, and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
  isAlive(): boolean;
}

/** `launch` is told how often it was launched before, so that each life has a log of its own. */
export function restartable(launch: (life: number) => Promise<{ readonly child: Child }>): Restartable {
  let child: Child | null = null;
  let lives = 0;
  const isAlive = () => child !== null && child.exit() === null;
  return {
    isAlive,
    async start() {
      child = (await launch(lives++)).child;
    },
    async end(signal = 'SIGKILL') {
      if (child === null) return;
      if (isAlive()) process.kill(child.pid, signal);
      await child.exited;
    },
  };
}
