import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { type JournalFiles, syncFolder } from './journal-files.ts';
import type { TouchRow } from './touches.ts';

/** A full file is closed, so that whoever stores it holds a few megabytes at most. */
const FILE_CLICKS_MAX = 10_000;
const FILE_BYTES_MAX = 8 * 1_024 * 1_024;
/** Losing more files in a row than this means that something else than another API clears the folder. */
const TRIES_MAX = 3;

export interface JournalWriter {
  /** Writes clicks to this process's file; resolves once they would survive a crash of this machine. */
  append(rows: readonly TouchRow[]): Promise<void>;
  /** Says that this process still has its file, if it has one. */
  touch(): Promise<void>;
  /** Gives the file up, so that its clicks can be stored. Returns its name; null: there was none. */
  close(): Promise<string | null>;
}

interface OpenFile {
  readonly file: string;
  readonly handle: FileHandle;
  clicks: number;
  bytes: number;
}

/**
 * Writes one file at a time, one batch after another, each synced to disk. After a failed write the file gets
 * no more clicks, as half a line may stand at its end.
 */
export function createJournalWriter(files: JournalFiles): JournalWriter {
  let current: OpenFile | null = null;
  const inTurn = createTurns();

  async function giveUp(): Promise<string | null> {
    const given = current;
    current = null;
    if (given === null) return null;
    await given.handle.close();
    return await files.giveUp(given.file);
  }

  async function append(rows: readonly TouchRow[]): Promise<void> {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      current ??= await openNew(files);
      if (await write(current, text, rows.length)) {
        if (current.clicks >= FILE_CLICKS_MAX || current.bytes >= FILE_BYTES_MAX) await giveUp();
        return;
      }
      // Another process took us for dead, and may have read the file before our clicks were in it.
      await current.handle.close();
      current = null;
    }
    throw new Error(`${TRIES_MAX} files of the click journal went away while they were written`);
  }

  return {
    append: (rows) =>
      inTurn(async () => {
        try {
          await append(rows);
        } catch (error) {
          await giveUp().catch(() => undefined);
          throw error;
        }
      }),
    touch: () =>
      inTurn(async () => {
        if (current !== null && (await isThere(current.file))) await files.touch(current.file);
      }),
    close: () => inTurn(giveUp),
  };
}

async function openNew(files: JournalFiles): Promise<OpenFile> {
  await files.prepare();
  const file = files.newPath();
  const handle = await open(file, 'ax', 0o600);
  await syncFolder(path.dirname(file));
  return { file, handle, clicks: 0, bytes: 0 };
}

/** False when the file is no longer ours: who takes one over renames it first, and reads it then. */
async function write(into: OpenFile, text: string, clicks: number): Promise<boolean> {
  await into.handle.appendFile(text);
  await into.handle.datasync();
  into.clicks += clicks;
  into.bytes += Buffer.byteLength(text);
  return await isThere(into.file);
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Runs one piece of work after another, whether or not the one before failed. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
