import { type Cursor, cursorText } from '../../domain/feed/position.ts';

/*
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). An id comes with data
 * alone: some clients take an id by itself for an event, and others do not see it.
 */

/** How long a client waits before it comes again. */
const RETRY_MS = 2_000;

export const RETRY_BLOCK = `retry: ${RETRY_MS}\n\n`;

/** The event that says where a feed is; every other is named by the type of its message. */
export const POSITION_EVENT = 'position';

/** One event; the data is JSON, which has no line breaks. */
export const eventBlock = (cursor: Cursor, type: string, json: string): string =>
  `id: ${cursorText(cursor)}\nevent: ${type}\ndata: ${json}\n\n`;

/** Says that everything before this place has been sent. */
export const positionBlock = (cursor: Cursor): string =>
  eventBlock(cursor, POSITION_EVENT, JSON.stringify({ at: new Date(cursor.at_ms).toISOString() }));

/** What clients skip. */
export const commentBlock = (words: string): string => `: ${words}\n\n`;
