import { setTimeout } from 'node:timers/promises';
import type { Log } from '../platform/log.ts';

export interface LoopOptions {
  /** Does what is to be done now. Returns how long to rest, in milliseconds; 0 when there may be more. */
  readonly step: () => Promise<number>;
  /** How many go round side by side; left out: one. */
  readonly lanes?: number;
  readonly log: Log;
  /** What to say when a step fails, and how long to rest then. */
  readonly trouble: { readonly message: string; readonly rest_ms: number };
}

export interface Loop {
  /** Lets the steps under way end, then stops. */
  stop(): Promise<void>;
}

/** Takes one step after the other, with the rests that they ask for, until stopped. */
export function startLoop({ step, lanes = 1, log, trouble }: LoopOptions): Loop {
  const stopping = new AbortController();
  const goRound = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const rest_ms = await step().catch((error: unknown) => {
        log.error({ err: error }, trouble.message);
        return trouble.rest_ms;
      });
      if (rest_ms > 0) {
        await setTimeout(rest_ms, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const running = Promise.all(Array.from({ length: lanes }, goRound));
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
