import { setTimeout as sleep } from 'node:timers/promises';

/** What wakes the pump. */
export interface PumpBell {
  /** There are events that may be due. */
  ring(): void;
  /** An event was decided in this process; rings once so many were decided as the pump waits for. */
  decided(): void;
  /** Rings after so many decisions more. */
  afterDecisions(count: number): void;
  /**
   * A rest that ends early when the bell rings, and then a moment for what comes along: a ring within that
   * moment is answered too. One while nobody rests ends the next rest at once.
   */
  wait(rest_ms: number, linger_ms: number): Promise<void>;
}

export function createPumpBell(): PumpBell {
  let rung = false;
  let wake: (() => void) | null = null;
  let decisionsLeft = Number.POSITIVE_INFINITY;
  const ring = () => {
    rung = true;
    wake?.();
  };
  return {
    ring,
    decided() {
      decisionsLeft -= 1;
      if (decisionsLeft === 0) ring();
    },
    afterDecisions(count) {
      decisionsLeft = count;
    },
    async wait(rest_ms, linger_ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, rest_ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      wake = null;
      await sleep(linger_ms);
      rung = false;
    },
  };
}
