/** What is kept by months, in configuration and in words: a name for each that says whose table it is. */
export const KEPT_BY_MONTHS = ['clicks', 'notices', 'messages', 'events'] as const;
export type KeptByMonths = (typeof KEPT_BY_MONTHS)[number];

/** For how many whole months each is kept; null: for ever. */
export type KeptMonths = Readonly<Record<KeptByMonths, number | null>>;

/**
 * The time before which nothing is kept, in milliseconds: the first moment, in UTC, of the month that lies so
 * many months back. So what is kept is never less than `months`.
 * @param needed_ms What happened from then on is needed still, whatever is configured; null: nothing is.
 */
export function keptFrom(now_ms: number, months: number, needed_ms: number | null): number {
  const now = new Date(now_ms);
  const from_ms = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1);
  return needed_ms === null ? from_ms : Math.min(from_ms, needed_ms);
}
