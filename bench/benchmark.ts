/**
 * One benchmark, ready to run: `ours` and `reference` each run one round of a few seconds and return a rate.
 */
export interface PreparedBenchmark {
  ours(): Promise<number>;
  reference(): Promise<number>;
  /** What a reader should know besides the rates, such as latencies; read after the last round. */
  notes(): readonly string[] | Promise<readonly string[]>;
  /** Stops everything that `prepare` started. */
  close(): Promise<void>;
}

/** What is measured, against a reference on the same machine in the same run. */
export interface Benchmark {
  readonly name: string;
  readonly unit: string;
  prepare(): Promise<PreparedBenchmark>;
}
