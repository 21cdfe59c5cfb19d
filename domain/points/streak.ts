import { dayNumberOf } from '../calendar.ts';

export type StreakPeriod = 'day' | 'week';

/**
 * The running number of the local day, or ISO week, that holds a moment; those of 1970-01-01 are 0. Calendar
 * numbers are no lengths of time: a day of 23 or 25 hours and a leap day count as one each.
 */
export function periodOf(at_ms: number, zone: string, by: StreakPeriod): number {
  const day = dayNumberOf(at_ms, zone);
  // 1970-01-01 was a Thursday: its week began three days earlier.
  return by === 'day' ? day : Math.floor((day + 3) / 7);
}

/** An unbroken run of periods. */
export interface Streak {
  /** First and last period, both included. */
  readonly first: number;
  readonly last: number;
}

/**
 * The unbroken run of periods around the given one, which must be among them. Order and repeats do not
 * matter.
 */
export function runAround(periods: Iterable<number>, period: number): Streak {
  const all = new Set(periods);
  let first = period;
  let last = period;
  while (all.has(first - 1)) first -= 1;
  while (all.has(last + 1)) last += 1;
  return { first, last };
}

/**
 * The length of the run that is alive in the period `now`, or 0. A run is alive when it ends in that period,
 * or in the one before, which an action may still follow.
 */
export function liveRun(periods: Iterable<number>, now: number): number {
  const all = new Set(periods);
  const end = [now, now - 1].find((period) => all.has(period));
  if (end === undefined) return 0;
  const { first } = runAround(all, end);
  return end - first + 1;
}
