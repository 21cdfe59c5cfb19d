/** How long one piece of work may keep the event loop from everybody else, in milliseconds. */
const TURN_MS = 10;

/** Work on many items, in turns with what else the process has to do. */
export interface Breathing {
  /** To be awaited between two items: resolves when it is our turn again. Null: it still is. */
  pause(): Promise<void> | null;
}

/** Begins a turn. */
export function createBreathing(now: () => number = () => performance.now()): Breathing {
  let begun_ms = now();
  return {
    pause() {
      if (now() - begun_ms < TURN_MS) return null;
      return new Promise((resolve) => {
        setImmediate(() => {
          begun_ms = now();
          resolve();
        });
      });
    },
  };
}
