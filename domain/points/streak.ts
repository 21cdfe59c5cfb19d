import { dayNumberOf } from '../calendar.ts';

export type StreakPeriod = 'day' | 'week';

/**
 * The running number of the local day, or ISO week, that holds a moment: the day of 1970-01-01 is 0, and its week is 0. Numbers of a
 * calendar, not lengths of time, so that days of 23 or 25 hours and leap days count as one like any other.
 */
export function periodOf(at_ms: number, zone: string, by: StreakPeriod): number {
  const day = dayNumberOf(at_ms, zone);
  // 1970-01-01 was a Thursday: its week began three days earlier.
  return by === 'day' ? day : Math.floor((day + 3) / 7);
}

export interface Streak {
  /** First and last period, both included. */
  readonly first: number;
  readonly last: number;
}

/** The unbroken run of periods around the given one, which must be among them. Order and repetition do not matter. */
export function runAround(periods: Iterable<number>, period: number): Streak {
  const seen = new Set(periods);
  let first = period;
  let last = period;
  while (seen.has(first - 1)) first -= 1;
  while (seen.has(last + 1)) last += 1;
  return { first, last };
}

/** The run that is still alive at a moment: it ends in that period, or in the one before, which may yet be followed. Its length, or 0. */
export function liveRun(periods: Iterable<number>, now: number): number {
  const seen = new Set(periods);
  const end = [now, now - 1].find((period) => seen.has(period));
  if (end === undefined) return 0;
  const { first } = runAround(seen, end);
  return end - first + 1;
}
