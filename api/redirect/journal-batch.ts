import { readFile, stat } from 'node:fs/promises';
import { isDataRefused } from '../http/database-errors.ts';
import type { TouchRow } from './touches.ts';

/** Stores clicks in one commit; those that are known already change nothing. */
export type StoreClicks = (rows: readonly TouchRow[]) => Promise<unknown>;

const CHUNK_MAX = 1_000;
/** The journal's own files are far smaller: one batch beyond 8 MB at most. */
const READ_BYTES_MAX = 64 * 1_024 * 1_024;

const FIELDS = ['program_id', 'id', 'link_id', 'visitor_id', 'occurred_at'] as const;

/** What stands in a file of the journal. */
export interface Batch {
  readonly rows: readonly TouchRow[];
  /** Lines that are no clicks. */
  readonly unreadable: readonly string[];
}

/**
 * Reads a file of the journal. The last line is left out when it is half a click: whoever wrote it died
 * before the redirect answered. Rejects when the file cannot be read.
 */
export async function readBatch(file: string): Promise<Batch> {
  const { size } = await stat(file);
  if (size > READ_BYTES_MAX) throw new RangeError(`${size} bytes are no file of the click journal`);
  const lines = (await readFile(file, 'utf8')).split('\n');
  const tail = rowOf(lines.pop() ?? '');
  const whole = lines.filter((line) => line !== '').map((line) => ({ line, row: rowOf(line) }));
  return {
    rows: [...whole.flatMap(({ row }) => row ?? []), ...(tail ?? [])],
    unreadable: whole.filter(({ row }) => row === null).map(({ line }) => line),
  };
}

/** The click on a line, alone in a list; null: there is none. */
function rowOf(line: string): readonly [TouchRow] | null {
  try {
    const value: unknown = JSON.parse(line);
    return isTouchRow(value) ? [value] : null;
  } catch {
    return null;
  }
}

const isTouchRow = (value: unknown): value is TouchRow =>
  typeof value === 'object' &&
  value !== null &&
  FIELDS.every((field) => typeof (value as Record<string, unknown>)[field] === 'string');

/**
 * Stores clicks, a part at a time, and calls `alive` before each. Returns those that the database refuses,
 * each by itself, so that it holds up no other. Rejects when the database is away, or takes no click at all.
 */
export async function storeClicks(
  rows: readonly TouchRow[],
  store: StoreClicks,
  alive: () => Promise<void>,
): Promise<TouchRow[]> {
  const storeAlive: StoreClicks = async (part) => {
    await alive();
    await store(part);
  };
  const refused: TouchRow[] = [];
  for (let from = 0; from < rows.length; from += CHUNK_MAX) {
    refused.push(...(await storeOrHalve(rows.slice(from, from + CHUNK_MAX), storeAlive)));
  }
  return refused;
}

async function storeOrHalve(rows: readonly TouchRow[], store: StoreClicks): Promise<readonly TouchRow[]> {
  try {
    await store(rows);
    return [];
  } catch (error) {
    if (!isDataRefused(error)) throw error;
  }
  if (rows.length === 1) return rows;
  const half = Math.ceil(rows.length / 2);
  const first = await storeOrHalve(rows.slice(0, half), store);
  return [...first, ...(await storeOrHalve(rows.slice(half), store))];
}
