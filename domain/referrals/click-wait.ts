import { clickTimeOf } from '../links/click-id.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.ts';

/**
 * How long a signup waits for its click, counted from when it came. A journal is stored every two seconds
 * while the database answers, and what a killed API left in it after 15; the rest is for a long one.
 */
export const CLICK_WAIT_MAX_MS = MINUTE_MS;
/** An older click is stored, or will never be: the database is seldom away for so long. */
export const CLICK_AGE_MAX_MS = DAY_MS;
/** A signup that is dated further back is history that somebody imports, and so is its click. */
export const SIGNUP_AGE_MAX_MS = HOUR_MS;

/** A signup that names a click which is not on record. */
export interface UnknownClick {
  readonly clickId: string;
  readonly occurred_at_ms: number;
  readonly received_at_ms: number;
}

/**
 * Returns how much longer a signup waits for a click that is not on record; 0: not at all. It waits where the
 * click may still be in a journal: its id tells a recent time, and one that is not after the signup, because
 * a click after it would not count. So whoever makes an id up delays their own signup, and nothing else.
 */
export function clickWaitLeft_ms(signup: UnknownClick, now_ms: number): number {
  const { clickId, occurred_at_ms, received_at_ms } = signup;
  const clicked_at_ms = clickTimeOf(clickId);
  const isRecent =
    clicked_at_ms !== null &&
    clicked_at_ms <= occurred_at_ms &&
    clicked_at_ms >= received_at_ms - CLICK_AGE_MAX_MS &&
    occurred_at_ms >= received_at_ms - SIGNUP_AGE_MAX_MS;
  return isRecent ? Math.max(0, received_at_ms + CLICK_WAIT_MAX_MS - now_ms) : 0;
}
