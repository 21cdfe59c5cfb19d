/** A code as the engine accepts it, of a link or of a member. */
const CODE = /^[a-z0-9-]{3,50}$/;
/** A click id of the redirect: a UUID of version 7, whose first 48 bits are its time (RFC 9562, 5.7). */
const CLICK_ID = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const WHOLE_CLICK_ID = new RegExp(`^${CLICK_ID}$`);
const KEPT = new RegExp(`^([a-z0-9-]{3,50})\\.(${CLICK_ID})?\\.(\\d{1,13})\\.(\\d{1,13})$`);

const DAY_MS = 86_400_000;

/** Whether the first or the last click within the time counts. */
export type Rule = 'first' | 'last';

/** What an address says about a click. */
export interface Click {
  readonly code: string;
  readonly clickId: string | null;
  /** Whether the visitor came with it just now: not by a reload, and not from a page of this host. */
  readonly hasArrived: boolean;
}

/** The click that counts. */
export interface Kept {
  readonly code: string;
  readonly clickId: string | null;
  /** When the click was; without a click id, when the page saw its code. */
  readonly capturedAt_ms: number;
  /** The time of the latest click id that ever replaced another: what is not later is an old address. */
  readonly latest_ms: number;
}

/** When a click id was made, in milliseconds. */
export const timeOf = (clickId: string): number => parseInt(clickId.slice(0, 8) + clickId.slice(9, 13), 16);

/**
 * The click that a query string names, or null. `rcode` goes before the names of the program, and only with
 * it a click id counts. A click id from the future is ignored, as it would outlast every real one.
 */
export function clickOf(
  search: string,
  names: readonly string[],
  hasArrived: boolean,
  now_ms: number,
): Click | null {
  const params = new URLSearchParams(search);
  for (const name of ['rcode', ...names]) {
    const code = (params.get(name) || '').trim().toLowerCase();
    if (!CODE.test(code)) continue;
    const id = (name === 'rcode' && params.get('rclk')) || '';
    const clickId = WHOLE_CLICK_ID.test(id) && timeOf(id) < now_ms + DAY_MS ? id : null;
    return { code, clickId, hasArrived };
  }
  return null;
}

/**
 * What counts once a click was seen: `kept` itself when the click changes nothing. With a click id the later
 * click is the last one, wherever its address still stands. Without one nothing tells when it was, so that
 * only an arrival replaces another code.
 */
export function keepOf(kept: Kept | null, click: Click, rule: Rule, days: number, now_ms: number) {
  const { code, clickId } = click;
  const clicked_ms = clickId === null ? 0 : timeOf(clickId);
  const fresh: Kept = {
    code,
    clickId,
    capturedAt_ms: clickId === null ? now_ms : Math.min(clicked_ms, now_ms),
    latest_ms: Math.max(clicked_ms, kept === null ? 0 : kept.latest_ms),
  };
  if (hasEnded(fresh, days, now_ms)) return kept;
  if (kept === null) return fresh;
  if (rule === 'first') return kept;
  const isLater = clickId === null ? click.hasArrived && code !== kept.code : clicked_ms > kept.latest_ms;
  return isLater ? fresh : kept;
}

const hasEnded = (kept: Kept, days: number, now_ms: number): boolean =>
  kept.capturedAt_ms + days * DAY_MS <= now_ms;

/** The text of a cookie or of a storage item: `code.clickId.capturedAt.latest`. */
export const encodeKept = (kept: Kept): string =>
  [kept.code, kept.clickId ?? '', kept.capturedAt_ms, kept.latest_ms].join('.');

/** Reads such a text; null when it is none, or its time is over or in the future. */
export function decodeKept(text: string, days: number, now_ms: number): Kept | null {
  const [, code, clickId, captured, latest] = KEPT.exec(text) || [];
  if (code === undefined) return null;
  const kept = { code, clickId: clickId || null, capturedAt_ms: Number(captured), latest_ms: Number(latest) };
  return hasEnded(kept, days, now_ms) || kept.capturedAt_ms > now_ms + DAY_MS ? null : kept;
}

/** Of what several places hold, the click that counts by the rule. */
export function chooseKept(all: readonly Kept[], rule: Rule): Kept | null {
  const sign = rule === 'first' ? 1 : -1;
  return [...all].sort((a, b) => sign * (a.capturedAt_ms - b.capturedAt_ms))[0] || null;
}
