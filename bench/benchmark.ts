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
  /** How many rounds it takes unless the command says otherwise; left out: five. */
  readonly rounds?: number;
  prepare(): Promise<PreparedBenchmark>;
}

/** What is compared, each for so many seconds at a time. */
export interface Sides {
  ours(duration_s: number): Promise<number>;
  reference(duration_s: number): Promise<number>;
}

/** Warms both sides up. Returns them, ready for rounds of so many seconds. */
export async function warmedUp(
  { ours, reference }: Sides,
  { warmUp_s, round_s }: { readonly warmUp_s: number; readonly round_s: number },
): Promise<Pick<PreparedBenchmark, 'ours' | 'reference'>> {
  await ours(warmUp_s);
  await reference(warmUp_s);
  return { ours: () => ours(round_s), reference: () => reference(round_s) };
}
