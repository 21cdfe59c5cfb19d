import { wallClock } from '../calendar.ts';
import { DAY_MS, MINUTE_MS } from '../time.ts';

/**
 * Hours in which nobody is to be disturbed, by the clocks of a time zone: from "22:00" to "08:00", which is
 * not quiet any more.
 */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
}

const CLOCK_TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const MINUTES_A_DAY = DAY_MS / MINUTE_MS;
/**
 * Zones of the IANA database change their offset at whole quarters of an hour of UTC, so that within one it
 * stays.
 */
const QUARTER_MS = 15 * MINUTE_MS;
/** Quiet hours end within a day; one in which clocks go back is a few hours longer. */
const QUARTERS_MAX = (2 * DAY_MS) / QUARTER_MS;

/** Whether this is a time of day such as 08:00 or 23:59. */
export const isClockTime = (text: string): boolean => CLOCK_TIME.test(text);

/** Minutes since midnight, of a time of day that was checked. */
function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

function isQuietMinute(minute: number, { from, to }: QuietHours): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  return begin < end ? begin <= minute && minute < end : begin <= minute || minute < end;
}

const minuteOfDay = (at_ms: number, zone: string): number =>
  Math.floor((wallClock(at_ms, zone) % DAY_MS) / MINUTE_MS);

/**
 * Whether a moment (ms since 1970) lies in quiet hours. The minute that the clocks show says so, however
 * often they show it.
 */
export function isQuiet(at_ms: number, quiet: QuietHours | null, zone: string): boolean {
  return quiet !== null && isQuietMinute(minuteOfDay(at_ms, zone), quiet);
}

/**
 * The first moment from `at_ms` on (ms since 1970) that is not quiet: `at_ms` itself, or the end of the quiet
 * hours. Where clocks jump over that end it is the moment of the jump; where they go back over it, the first
 * time that they show it.
 */
export function quietUntil(at_ms: number, quiet: QuietHours | null, zone: string): number {
  if (quiet === null || !isQuiet(at_ms, quiet, zone)) return at_ms;
  const end = minutesOf(quiet.to);
  let quarter_ms = Math.floor(at_ms / QUARTER_MS) * QUARTER_MS;
  for (let looked = 0; looked < QUARTERS_MAX; looked += 1) {
    const wall = minuteOfDay(quarter_ms, zone);
    const ahead_ms = ((end - wall + MINUTES_A_DAY) % MINUTES_A_DAY) * MINUTE_MS;
    const ends_at_ms = isQuietMinute(wall, quiet) ? quarter_ms + ahead_ms : quarter_ms;
    if (ends_at_ms >= at_ms && ends_at_ms < quarter_ms + QUARTER_MS) return ends_at_ms;
    quarter_ms += QUARTER_MS;
  }
  throw new RangeError('quiet hours do not end');
}
