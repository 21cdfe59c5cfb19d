export interface GroupCommitOptions<T, R> {
  /** Writes a batch; results in the order of its items. When it rejects, so does every item of the batch. */
  readonly flush: (items: readonly T[]) => Promise<readonly R[]>;
  readonly batch_max: number;
  /** Items that may wait; above that, `push` refuses. */
  readonly queue_max: number;
  /** Batches under way at once. */
  readonly concurrency: number;
  /**
   * How long the first item of a batch waits for company, in milliseconds; 0: until the next turn of the
   * event loop.
   */
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
 * Turns many small writes into a few large ones. What arrives while a batch is under way makes the next one,
 * so batches grow with the load and a lone item waits for nothing.
 */
export function createGroupCommit<T, R>(options: GroupCommitOptions<T, R>): GroupCommit<T, R> {
  return new Queue(options);
}

class Queue<T, R> implements GroupCommit<T, R> {
  readonly #options: GroupCommitOptions<T, R>;
  #items: Waiting<T, R>[] = [];
  #running = 0;
  #isScheduled = false;
  #idlers: (() => void)[] = [];

  constructor(options: GroupCommitOptions<T, R>) {
    this.#options = options;
  }

  push(item: T, done: Waiting<T, R>['done']): boolean {
    if (this.#items.length >= this.#options.queue_max) return false;
    this.#items.push({ item, done });
    this.#schedule(this.#options.delay_ms ?? 0);
    return true;
  }

  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idlers.push(resolve));
  }

  get waiting(): number {
    return this.#items.length;
  }

  get #isIdle(): boolean {
    return this.#running === 0 && this.#items.length === 0;
  }

  #schedule(delay_ms: number): void {
    const { concurrency, batch_max } = this.#options;
    if (this.#isScheduled || this.#running >= concurrency || this.#items.length === 0) return;
    this.#isScheduled = true;
    const start = () => this.#start();
    if (delay_ms > 0 && this.#items.length < batch_max) setTimeout(start, delay_ms);
    else setImmediate(start);
  }

  #start(): void {
    this.#isScheduled = false;
    const batch = this.#nextBatch();
    if (batch.length === 0) return;
    this.#running += 1;
    this.#options.observe?.(batch.length);
    void this.#write(batch);
    this.#schedule(0);
  }

  #nextBatch(): readonly Waiting<T, R>[] {
    const { batch_max } = this.#options;
    const items = this.#items;
    const isWhole = items.length <= batch_max;
    this.#items = isWhole ? [] : items.slice(batch_max);
    return isWhole ? items : items.slice(0, batch_max);
  }

  async #write(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#options.flush(batch.map(({ item }) => item));
      if (results.length !== batch.length) {
        throw new Error(`${results.length} results for ${batch.length} items`);
      }
      for (const [index, waiting] of batch.entries()) waiting.done(null, results[index]);
    } catch (error) {
      for (const waiting of batch) waiting.done(error, undefined);
    } finally {
      this.#running -= 1;
      this.#schedule(0);
      this.#tellIdlers();
    }
  }

  #tellIdlers(): void {
    if (!this.#isIdle) return;
    for (const resolve of this.#idlers) resolve();
    this.#idlers = [];
  }
}
