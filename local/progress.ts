/** Prints steps as they begin and end, with how long each took. */
export interface Progress {
  /** Prints one line. */
  say(line: string): void;
  /** Runs one step and prints its name and duration when it is done. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export function createProgress(write: (line: string) => void = console.log): Progress {
  return {
    say: (line) => write(`  ${line}`),
    async step(name, work) {
      const begun = performance.now();
      const result = await work();
      write(`  ✓ ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
      return result;
    },
  };
}
