import { DAY_MS } from './time.ts';

/** A stretch of time [start, end) with a name that sorts by time; an end of null never comes. */
export interface CalendarWindow {
  readonly key: string;
  readonly starts_at_ms: number | null;
  readonly ends_at_ms: number | null;
}

/** A day of a calendar, month and day from 1. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Making a formatter costs hundreds of uses of it, and there are few time zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const cached = formatters.get(zone);
  if (cached !== undefined) return cached;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}

/** Whether this is a time zone that the runtime knows, by its IANA name. */
export function isTimeZone(zone: string): boolean {
  try {
    // Not kept: callers may write one zone in many ways.
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What the clocks of a zone show, as if it were UTC. */
export function wallClock(at_ms: number, zone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(at_ms)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function localDay(at_ms: number, zone: string): Day {
  const wall = new Date(wallClock(at_ms, zone));
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() };
}

/**
 * The running number of the local day that holds a moment, 1970-01-01 being 0: days of a calendar, however
 * long they are.
 */
export function dayNumberOf(at_ms: number, zone: string): number {
  return Math.floor(wallClock(at_ms, zone) / DAY_MS);
}

/**
 * The first moment of a local day. Where clocks jump over midnight the day begins later; where they go back
 * over it, the second midnight counts, as the day before is not over until then.
 */
function startOfDay({ year, month, day }: Day, zone: string): number {
  const midnight = Date.UTC(year, month - 1, day);
  const offsetAt = (at_ms: number) => wallClock(at_ms, zone) - Math.floor(at_ms / 1_000) * 1_000;
  const candidates = [midnight - DAY_MS, midnight + DAY_MS].map((near) => midnight - offsetAt(near));
  const midnights = candidates.filter((at_ms) => wallClock(at_ms, zone) === midnight);
  if (midnights.length > 0) return Math.max(...midnights);
  const within = candidates.filter((at_ms) => wallClock(at_ms, zone) >= midnight);
  return Math.min(...(within.length > 0 ? within : candidates));
}

const pad = (value: number, length: number) => String(value).padStart(length, '0');

type FindWindow = (at_ms: number, zone: string) => CalendarWindow;

const holds = ({ starts_at_ms, ends_at_ms }: CalendarWindow, at_ms: number) =>
  (starts_at_ms === null || starts_at_ms <= at_ms) && (ends_at_ms === null || at_ms < ends_at_ms);

/**
 * Remembers the last window of each zone: to find one takes a dozen uses of a formatter, and the next moment
 * is nearly always in the same. Where clocks go back over midnight, what comes before the second one is still
 * of the window before.
 */
function remembering(find: FindWindow): FindWindow {
  const last = new Map<string, CalendarWindow>();
  return (at_ms, zone) => {
    const latest = last.get(zone);
    if (latest !== undefined && holds(latest, at_ms)) return latest;
    const today = find(at_ms, zone);
    const window = holds(today, at_ms) ? today : find(at_ms - DAY_MS, zone);
    last.set(zone, window);
    return window;
  };
}

/** The calendar month of a zone that holds a moment: 2026-11. */
export const monthOf = remembering((at_ms, zone) => {
  const { year, month } = localDay(at_ms, zone);
  const next = month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 };
  return {
    key: `${pad(year, 4)}-${pad(month, 2)}`,
    starts_at_ms: startOfDay({ year, month, day: 1 }, zone),
    ends_at_ms: startOfDay(next, zone),
  };
});

/**
 * The week of ISO 8601 that holds a moment: 2026-W48. It begins on Monday and belongs to the year of its
 * Thursday.
 */
export const weekOf = remembering((at_ms, zone) => {
  const { year, month, day } = localDay(at_ms, zone);
  const noon = Date.UTC(year, month - 1, day);
  const monday = noon - ((new Date(noon).getUTCDay() + 6) % 7) * DAY_MS;
  const thursdayYear = new Date(monday + 3 * DAY_MS).getUTCFullYear();
  const number = Math.floor((monday + 3 * DAY_MS - Date.UTC(thursdayYear, 0, 1)) / (7 * DAY_MS)) + 1;
  return {
    key: `${pad(thursdayYear, 4)}-W${pad(number, 2)}`,
    starts_at_ms: startOfDay(dayOf(monday), zone),
    ends_at_ms: startOfDay(dayOf(monday + 7 * DAY_MS), zone),
  };
});

function dayOf(utc_ms: number): Day {
  const date = new Date(utc_ms);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export const ALL_TIME: CalendarWindow = { key: 'all', starts_at_ms: null, ends_at_ms: null };

/**
 * The local day that holds a moment: 23, 24 or 25 hours of it, or whatever a zone's clocks do. Ms since 1970.
 */
export function dayBounds(
  at_ms: number,
  zone: string,
): { readonly starts_at_ms: number; readonly ends_at_ms: number } {
  const { year, month, day } = localDay(at_ms, zone);
  const next = dayOf(Date.UTC(year, month - 1, day) + DAY_MS);
  return { starts_at_ms: startOfDay({ year, month, day }, zone), ends_at_ms: startOfDay(next, zone) };
}
