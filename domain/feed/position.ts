import type { Snapshot } from './snapshot.ts';
import { checkedSnapshot, sees } from './snapshot.ts';

/**
 * How far a feed was read. Messages are read by moments: a part holds what a later moment saw and the earlier
 * one did not, in the order of ids. So what commits late is in a later part, whatever its id.
 */
export interface FeedPosition {
  /** Everything that this moment saw has been read. */
  readonly seen: Snapshot;
  /** A part that was begun: what `upTo` saw besides, and of that the ids up to this one. Null: none was. */
  readonly part: { readonly upTo: Snapshot; readonly id: bigint } | null;
}

/** A message's place: the transaction that wrote it, and its id. */
export interface Place {
  readonly xid: bigint;
  readonly id: bigint;
}

/** Whether a message that is there lies further on than a position. */
export function isAfter({ seen, part }: FeedPosition, { xid, id }: Place): boolean {
  if (sees(seen, xid)) return false;
  return part === null || !sees(part.upTo, xid) || id > part.id;
}

/**
 * The moment up to which a position has read, of the parts that it has finished and the one that it began.
 */
export const readUpTo = ({ seen, part }: FeedPosition): Snapshot => part?.upTo ?? seen;

/** How far back a feed can be taken up again. Whoever was away for longer reads the lists. */
export const FEED_REACH_MS = 7 * 86_400_000;

/** A position of a feed and when it was given. */
export interface Cursor {
  readonly position: FeedPosition;
  readonly at_ms: number;
}

const CURSOR_VERSION = '1';
const CURSOR_LENGTH_MAX = 8_000;

const digits = (number: bigint): string => number.toString(36);

/** Numbers of a snapshot by their distance from the first, which is what makes cursors short. */
const written = ({ xmin, xmax, running }: Snapshot): string =>
  [digits(xmin), ...[xmax, ...running].map((xid) => digits(xid - xmin))].join('-');

/** The text of a cursor: lower-case letters, digits, dots and dashes. */
export function cursorText({ position: { seen, part }, at_ms }: Cursor): string {
  const begun = part === null ? [] : [written(part.upTo), digits(part.id)];
  return [CURSOR_VERSION, digits(BigInt(at_ms)), written(seen), ...begun].join('.');
}

/** A cursor from its text; null when it is not one that a feed gave. */
export function parseCursor(text: string): Cursor | null {
  if (
    text.length > CURSOR_LENGTH_MAX ||
    !/^1\.[0-9a-z]{1,12}\.[0-9a-z-]+(?:\.[0-9a-z-]+\.[0-9a-z]{1,12})?$/.test(text)
  ) {
    return null;
  }
  const [, at = '', first = '', second, id = ''] = text.split('.');
  const seen = read(first);
  const upTo = second === undefined ? null : read(second);
  if (seen === null || (second !== undefined && upTo === null)) return null;
  const part = upTo === null ? null : { upTo, id: numberOf(id) };
  return { position: { seen, part }, at_ms: Number(numberOf(at)) };
}

function read(text: string): Snapshot | null {
  const parts = text.split('-');
  if (parts.length < 2 || parts.some((part) => !/^[0-9a-z]{1,13}$/.test(part))) return null;
  const [xmin = 0n, ...distances] = parts.map(numberOf);
  const [xmax = 0n, ...running] = distances.map((distance) => xmin + distance);
  return checkedSnapshot(xmin, xmax, running);
}

const numberOf = (text: string): bigint =>
  [...text].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
