import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';

/**
 * How long after a failed attempt the next one follows. The schedule is the example of Standard Webhooks:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** A delay grows by up to this part of itself, so that what failed together does not come back together. */
export const JITTER = 0.2;
/** A receiver that asks for more patience than this gets this much. */
const RETRY_AFTER_MAX_MS = 24 * HOUR_MS;

/** What came back from an endpoint, or why nothing did. */
export interface CallAnswer {
  /** The HTTP status; null: no answer came. */
  readonly status: number | null;
  /** What the header `Retry-After` asks for; null: nothing. */
  readonly retryAfter_ms: number | null;
}

/** delivered: taken. gone: the endpoint wants nothing any more (410). throttled: it wants less. */
export type CallVerdict = 'delivered' | 'gone' | 'throttled' | 'failed';

/** The statuses by which a receiver says that it is overloaded, after Standard Webhooks. */
const THROTTLING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What an answer means. A redirect is a failure: it is never followed. */
export function judgeAnswer({ status }: CallAnswer): CallVerdict {
  if (status === null) return 'failed';
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 410) return 'gone';
  return THROTTLING.has(status) ? 'throttled' : 'failed';
}

/**
 * How long to wait after the failed attempt number `attempt` (from 1), in milliseconds; null: it was the
 * last. `chance` is a random number from 0 to 1.
 */
export function retryDelay(attempt: number, { retryAfter_ms }: CallAnswer, chance: number): number | null {
  const delay_ms = RETRY_DELAYS_MS[attempt - 1];
  if (delay_ms === undefined) return null;
  const asked_ms = Math.min(retryAfter_ms ?? 0, RETRY_AFTER_MAX_MS);
  return Math.round(Math.max(delay_ms * (1 + JITTER * chance), asked_ms));
}

const REST_FIRST_MS = 30 * SECOND_MS;
const REST_LAST_MS = 15 * MINUTE_MS;

/**
 * How long an endpoint is left alone that fails again and again, in milliseconds: twice as long each time, up
 * to a quarter of an hour. `struggles` counts the times in a row, from 1.
 */
export const restAfter = (struggles: number): number =>
  Math.min(REST_FIRST_MS * 2 ** (struggles - 1), REST_LAST_MS);

/** An endpoint at which nothing has succeeded for so long is disabled. */
export const FAILING_DAYS_MAX = 5;

/** The milliseconds that a `Retry-After` header asks for (RFC 9110, 10.2.3); null when it cannot be read. */
export function parseRetryAfter(header: string | null, now_ms: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND_MS;
  const at_ms = Date.parse(header);
  return Number.isNaN(at_ms) ? null : Math.max(0, at_ms - now_ms);
}
