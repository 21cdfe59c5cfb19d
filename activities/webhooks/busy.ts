/** Work under way at once, started by one loop that waits for any of it to end. */
export interface Busy {
  start(work: Promise<void>): void;
  /** Waits until some work ends. False: none is under way. Rejects with the first failure of any. */
  anyEnd(): Promise<boolean>;
  /** Waits until all has ended, well or not. */
  allEnd(): Promise<void>;
}

export function createBusy(): Busy {
  let underWay = 0;
  let failure: { readonly error: unknown } | null = null;
  let wake: () => void = () => undefined;
  const ended = (): void => {
    underWay -= 1;
    wake();
  };
  // Promise.race would leave a reaction at each slow call for every quick one.
  const nextEnd = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return {
    start(work) {
      underWay += 1;
      work.then(ended, (error: unknown) => {
        failure ??= { error };
        ended();
      });
    },
    async anyEnd() {
      if (failure !== null) throw failure.error;
      if (underWay === 0) return false;
      await nextEnd();
      return true;
    },
    async allEnd() {
      while (underWay > 0) await nextEnd();
    },
  };
}
