import { ok, type Result, refuse } from './refusal.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
/** A day is always 24 hours here: holds and windows are lengths of time, not dates of a calendar. */
export const DAY_MS = 24 * HOUR_MS;

/** How far a caller's clock may run ahead of ours. */
export const CLOCK_SKEW_MAX_MS = 5 * MINUTE_MS;

/**
 * How far back anyone may date an event; more needs the import scope, so that no hold is dodged by
 * back-dating.
 */
export const BACKDATING_MAX_MS = 24 * HOUR_MS;

/**
 * 1990-01-01T00:00:00Z: older than any shop's records, and late enough to catch seconds sent as milliseconds.
 */
export const OCCURRED_AT_MIN_MS = Date.UTC(1990, 0, 1);

/** The years 1 to 9999 in UTC, which JavaScript, PostgreSQL and RFC 3339 all write alike. */
const INSTANT_MIN_MS = Date.parse('0001-01-01T00:00:00.000Z');
const INSTANT_MAX_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether a time, in milliseconds since 1970 UTC, is one that everybody can write. */
export const isInstant = (at_ms: number): boolean => at_ms >= INSTANT_MIN_MS && at_ms <= INSTANT_MAX_MS;

/** Leaves room for the longest hold or grace, and for every time zone. */
const KEPT_BEFORE_MS = Date.parse('9000-01-01T00:00:00.000Z');

/** Whether a time may be kept, to be counted from: from 1970 on, and before the year 9000. */
export const isKeepable = (at_ms: number): boolean => at_ms >= 0 && at_ms < KEPT_BEFORE_MS;

export const addDays = (at_ms: number, days: number): number => at_ms + days * DAY_MS;

/** The earlier of two times, be they milliseconds or dates; null stands for none. */
export function earlier<T extends number | Date>(a: T | null, b: T | null): T | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

export interface OccurredAt {
  readonly occurred_at_ms: number;
  readonly now_ms: number;
  /** The caller's key carries the import scope. */
  readonly may_import: boolean;
}

/**
 * Judges when an event says it happened; all times in milliseconds since 1970 UTC, both ends of the window
 * included. Gives the time back, or `time_future`, `time_too_old`, `backdating_forbidden`. Throws when a time
 * is not a whole number: form is checked at the edge.
 */
export function checkOccurredAt({ occurred_at_ms, now_ms, may_import }: OccurredAt): Result<number> {
  if (!Number.isSafeInteger(occurred_at_ms) || !Number.isSafeInteger(now_ms)) {
    throw new RangeError('times are whole milliseconds');
  }
  if (occurred_at_ms > now_ms + CLOCK_SKEW_MAX_MS) {
    return refuse('time_future', 'The event lies more than five minutes in the future.');
  }
  if (occurred_at_ms < OCCURRED_AT_MIN_MS) {
    return refuse('time_too_old', 'The event is dated before 1990; times are milliseconds, not seconds.');
  }
  if (!may_import && occurred_at_ms < now_ms - BACKDATING_MAX_MS) {
    return refuse(
      'backdating_forbidden',
      'The event is more than a day old, and this key may not import history.',
    );
  }
  return ok(occurred_at_ms);
}
