import { isInstant } from '../../domain/time.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import { fail } from '../http/errors.ts';
import { given } from './given.ts';

/** One page, and where the next begins; null when there is none. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface Position {
  readonly createdAt: Date;
  readonly id: string;
}

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
const decode = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

/** Where a row lies in a list that is ordered by time and id. */
export const encodePosition = ({ createdAt, id }: Position): string => encode(`${createdAt.getTime()}.${id}`);

/** The position of a cursor; throws `input_invalid` when it is none of ours. */
export function decodePosition(cursor: string): Position {
  const [time = '', id = ''] = decode(cursor).split('.');
  if (!/^\d{1,15}$/.test(time) || !isInstant(Number(time)) || !UUID_PATTERN.test(id)) throw badCursor();
  return { createdAt: new Date(Number(time)), id };
}

/** Where a row lies in a list that is ordered by a running number. */
export const encodeNumber = (number: bigint): string => encode(number.toString());

/** The number of a cursor; throws `input_invalid` when it is none of ours. */
export function decodeNumber(cursor: string): bigint {
  const text = decode(cursor);
  if (!/^\d{1,18}$/.test(text)) throw badCursor();
  return BigInt(text);
}

/** Where a row lies in a list that is ordered by an amount of zero or more, and by id. */
export interface AmountPosition {
  readonly minor: bigint;
  readonly id: string;
}

export const encodeAmount = ({ minor, id }: AmountPosition): string => encode(`${minor}.${id}`);

/** The position of a cursor; throws `input_invalid` when it is none of ours. */
export function decodeAmount(cursor: string): AmountPosition {
  const [minor = '', id = ''] = decode(cursor).split('.');
  if (!/^\d{1,18}$/.test(minor) || !UUID_PATTERN.test(id)) throw badCursor();
  return { minor: BigInt(minor), id };
}

/** Where a row lies in a list that is ordered by id. */
export const encodeId = (id: string): string => encode(id);

/** The id of a cursor; throws `input_invalid` when it is none of ours. */
export function decodeId(cursor: string): string {
  const id = decode(cursor);
  if (!UUID_PATTERN.test(id)) throw badCursor();
  return id;
}

function badCursor() {
  return fail('input_invalid', 'The cursor is not one that this list gave.', [
    { path: 'cursor', message: 'unknown cursor' },
  ]);
}

/** Prisma's condition for "further on than the cursor", newest first. */
function after(cursor: string | null | undefined) {
  if (cursor === null || cursor === undefined) return {};
  const { createdAt, id } = decodePosition(cursor);
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] };
}

/** Prisma's condition for "at `from` or later, and before `to`", each where it is given. */
export function within(from: string | undefined, to: string | undefined) {
  const dateOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  return given({ gte: dateOf(from), lt: dateOf(to) });
}

/** The order that `after` goes on from. */
export const newestFirst = (): [{ createdAt: 'desc' }, { id: 'desc' }] => [
  { createdAt: 'desc' },
  { id: 'desc' },
];

/** What every list is asked for: a page, and what only this list can be filtered by. */
export interface PageRequest {
  readonly cursor?: string | null | undefined;
  readonly limit: number;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * Prisma's arguments for a page of a list by time and id, the newest first: the rows that `where` and the
 * filters of `request` select, and one more, which says whether there is a next page.
 */
export function newest<W extends object, F extends PageRequest>(
  where: W,
  { cursor, limit, from, to, ...filters }: F,
) {
  return {
    where: { AND: [where, given(filters), after(cursor), { createdAt: within(from, to) }] },
    orderBy: newestFirst(),
    take: limit + 1,
  };
}

/** The page that `newest` asked for. */
export function newestPage<R extends Position, T>(
  rows: readonly R[],
  { limit }: PageRequest,
  view: (row: R) => T,
): Page<T> {
  return pageOf(rows, limit, encodePosition, view);
}

/** A list that is never longer than one page. */
export const wholePage = <T>(items: readonly T[]): Page<T> => ({ items, nextCursor: null });

/** A page from one row more than asked for. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  cursorOf: (row: R) => string,
  view: (row: R) => T,
): Page<T> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(view),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  };
}
