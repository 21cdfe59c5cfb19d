export interface GroupCommitOptions<T, R> {
  /** Writes a batch; results in the order of its items. When it rejects, so does every item of the batch. */
  readonly flush: (items: readonly T[]) => Promise<readonly R[]>;
  readonly batch_max: number;
  /** Items that may wait; above that, `push` refuses. */
  readonly queue_max: number;
  /** Batches under way at once. */
  readonly concurrency: number;
  /** How long the first item of a batch waits for company, in milliseconds; 0: until the next turn of the event loop. */
  readonly delay_ms?: number;
  readonly observe?: (size: number) => void;
}

export interface GroupCommit<T, R> {
  /** Adds an item, and calls back after its batch was written. False, and no call, when the queue is full. */
  push(item: T, done: (error: unknown, result: R | undefined) => void): boolean;
  /** Resolves once nothing waits and nothing is under way. */
  idle(): Promise<void>;
  readonly waiting: number;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly done: (error: unknown, result: R | undefined) => void;
}

/**
 * Many small writes as few large ones: what arrives while a batch is under way makes the next one, so that batches
 * grow with the load and a lone item waits for nothing.
 */
export function createGroupCommit<T, R>(options: GroupCommitOptions<T, R>): GroupCommit<T, R> {
  let queue: Waiting<T, R>[] = [];
  let running = 0;
  let isScheduled = false;
  let idlers: (() => void)[] = [];

  const schedule = (delay_ms: number): void => {
    if (isScheduled || running >= options.concurrency || queue.length === 0) return;
    isScheduled = true;
    if (delay_ms > 0 && queue.length < options.batch_max) setTimeout(start, delay_ms);
    else setImmediate(start);
  };

  const start = (): void => {
    isScheduled = false;
    const batch = queue.length <= options.batch_max ? queue : queue.slice(0, options.batch_max);
    queue = queue.length <= options.batch_max ? [] : queue.slice(options.batch_max);
    if (batch.length === 0) return;
    running += 1;
    options.observe?.(batch.length);
    void settle(batch);
    schedule(0);
  };

  const settle = async (batch: readonly Waiting<T, R>[]): Promise<void> => {
    try {
      const results = await options.flush(batch.map(({ item }) => item));
      if (results.length !== batch.length)
        throw new Error(`${results.length} results for ${batch.length} items`);
      for (const [index, waiting] of batch.entries()) waiting.done(null, results[index]);
    } catch (error) {
      for (const waiting of batch) waiting.done(error, undefined);
    } finally {
      running -= 1;
      schedule(0);
      tellIdlers();
    }
  };

  const tellIdlers = (): void => {
    if (running > 0 || queue.length > 0) return;
    for (const resolve of idlers) resolve();
    idlers = [];
  };

  return {
    push(item, done) {
      if (queue.length >= options.queue_max) return false;
      queue.push({ item, done });
      schedule(options.delay_ms ?? 0);
      return true;
    },
    idle() {
      if (running === 0 && queue.length === 0) return Promise.resolve();
      return new Promise((resolve) => idlers.push(resolve));
    },
    get waiting() {
      return queue.length;
    },
  };
}
