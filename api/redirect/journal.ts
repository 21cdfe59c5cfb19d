import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { newId } from '../../platform/ids.ts';
import { isDatabaseDown } from '../http/database-errors.ts';
import type { TouchRow } from './touches.ts';

const SUFFIX = '.ndjson';

export interface Journal {
  /** Writes clicks to disk; resolves once they would survive a crash of this machine. */
  append(rows: readonly TouchRow[]): Promise<void>;
  /**
   * Hands every batch on disk, oldest first, to `store` and forgets it when that resolves. Returns the number
   * of clicks.
   */
  replay(store: (rows: readonly TouchRow[]) => Promise<unknown>): Promise<number>;
}

/**
 * Clicks that the database could not take, one file a batch. A file appears under its name only when all of
 * it is on disk, so no reader meets half a batch; and storing a batch twice changes nothing, so two processes
 * may replay one folder.
 */
export function createJournal(folder: string): Journal {
  let ready: Promise<unknown> | undefined;
  return {
    async append(rows) {
      ready ??= mkdir(folder, { recursive: true });
      await ready;
      const file = path.join(folder, newId() + SUFFIX);
      await writeDurably(`${file}.part`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      await rename(`${file}.part`, file);
      await syncFolder(folder);
    },
    async replay(store) {
      let count = 0;
      for (const name of await batchesIn(folder)) {
        const file = path.join(folder, name);
        const rows = await readBatch(file);
        if (rows === null) continue;
        if (!(await storeBatch(rows, store))) continue;
        await unlink(file).catch(ignoreAbsent);
        count += rows.length;
      }
      return count;
    },
  };
}

/**
 * False when the database takes anything but this batch: it stays on disk, and does not hold up the others.
 */
async function storeBatch(
  rows: readonly TouchRow[],
  store: (rows: readonly TouchRow[]) => Promise<unknown>,
): Promise<boolean> {
  try {
    // Who clicked while the database was down may have clicked before: look for the earlier click of each.
    await store(rows.map((row) => ({ ...row, is_new: false })));
    return true;
  } catch (error) {
    if (isDatabaseDown(error)) throw error;
    return false;
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** A rename is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function batchesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).sort();
  } catch (error) {
    ignoreAbsent(error);
    return [];
  }
}

/** Null when another process has replayed it meanwhile. */
async function readBatch(file: string): Promise<TouchRow[] | null> {
  try {
    const text = await readFile(file, 'utf8');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as TouchRow]));
  } catch (error) {
    ignoreAbsent(error);
    return null;
  }
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
