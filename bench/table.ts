/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below which that share of all values is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const number = (value: number) => value.toFixed(value < 100 ? 2 : 0).padStart(10);

/** A round a row, and the medians. */
export function table(unit: string, ours: readonly number[], reference: readonly number[]): string {
  const row = (name: string, a: number, b: number) =>
    `  ${name.padEnd(8)}${number(a)}  ${number(b)}  ${(a / b).toFixed(3).padStart(6)}`;
  return [
    `  ${'round'.padEnd(8)}${'ours'.padStart(10)}  ${'reference'.padStart(10)}   ratio   (${unit})`,
    ...ours.map((value, round) => row(String(round + 1), value, reference[round] ?? Number.NaN)),
    row('median', median(ours), median(reference)),
  ].join('\n');
}
