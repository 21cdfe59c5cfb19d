/** Does `work` so many times, so many at once, then waits until all is `finished`. Returns the rate per s. */
export async function rateOf(
  count: number,
  atOnce: number,
  work: () => Promise<void>,
  finished: () => Promise<void>,
): Promise<number> {
  const started_ms = performance.now();
  let next = 0;
  const lane = async () => {
    while (next++ < count) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  await finished();
  return count / ((performance.now() - started_ms) / 1_000);
}
