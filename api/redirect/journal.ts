import type { Log } from '../../platform/log.ts';
import { isDatabaseDown } from '../http/database-errors.ts';
import { readBatch, type StoreClicks, storeClicks } from './journal-batch.ts';
import { createJournalFiles, type FolderContents, type JournalFiles } from './journal-files.ts';
import { createJournalWriter } from './journal-writer.ts';
import type { TouchRow } from './touches.ts';

/** A journal that nobody has looked through for so long has stopped, or a file of it hangs. */
const LOOKED_MAX_MS = 60_000;

/**
 * What is wrong with the journal. `folder`: it cannot be made or written. `unreadable`, `refused`: such
 * clicks lie in it. `stopped`: it has not been looked through for a minute.
 */
export type JournalTrouble = 'folder' | 'unreadable' | 'refused' | 'stopped';
export const JOURNAL_TROUBLES: readonly JournalTrouble[] = ['folder', 'unreadable', 'refused', 'stopped'];

export interface JournalStatus extends FolderContents {
  readonly troubles: readonly JournalTrouble[];
}

export interface Journal {
  /** Writes clicks to disk; resolves once they would survive a crash of this machine. */
  append(rows: readonly TouchRow[]): Promise<void>;
  /**
   * Hands the clicks of every file that no other process has, oldest first, to `store`, forgets the file, and
   * then tells `stored` how many it held. Sets aside what cannot be read and what the database refuses.
   * Rejects when the database is away, or the folder cannot be used.
   */
  replay(store: StoreClicks, stored: (clicks: number) => void): Promise<void>;
  /** What the last look at the folder found. */
  status(): JournalStatus;
  /** Gives up the file that is being written, so that another process may store it. */
  close(): Promise<void>;
}

/**
 * Clicks that the database could not take, many in a file, in a folder that any number of processes may share
 * (`journal-files.ts`). A batch is on disk before its redirects answer, and storing it twice changes nothing.
 */
export function createJournal(folder: string, log: Log): Journal {
  const files = createJournalFiles(folder);
  const writer = createJournalWriter(files);
  const look = createLook(files);
  let canWrite = true;
  return {
    async append(rows) {
      try {
        await writer.append(rows);
        canWrite = true;
      } catch (error) {
        canWrite = false;
        look.sawFolder(false);
        throw error;
      }
    },
    async replay(store, stored) {
      look.begin();
      try {
        await files.prepare();
        if (!canWrite) await files.tryOut();
        canWrite = true;
        look.sawFolder(true);
      } catch (error) {
        look.sawFolder(false);
        throw error;
      }
      await writer.touch();
      const turn = { files, store, stored, log, look };
      try {
        for (const name of await files.free()) await replayFile(turn, name);
        // What this process is writing is given up last: while the database is away it only grows.
        const own = await writer.close();
        if (own !== null) await replayFile(turn, own);
      } finally {
        await look.end();
      }
    },
    status: look.status,
    close: async () => void (await writer.close()),
  };
}

interface Turn {
  readonly files: JournalFiles;
  readonly store: StoreClicks;
  readonly stored: (clicks: number) => void;
  readonly log: Log;
  readonly look: Look;
}

/** Stores one file. Rejects when the database is away; any other trouble with it holds up no other file. */
async function replayFile(turn: Turn, name: string): Promise<void> {
  const { files, log, look } = turn;
  const file = await files.take(name);
  if (file === null) return;
  try {
    await storeFile(turn, file);
  } catch (error) {
    await files.giveUp(file);
    if (isDatabaseDown(error)) throw error;
    look.kept();
    log.error({ err: error, file: name }, 'a file of the click journal cannot be stored, and is tried again');
  } finally {
    look.goesOn();
  }
}

async function storeFile({ files, store, stored, log }: Turn, file: string): Promise<void> {
  const batch = await readBatch(file).catch((error: unknown) => {
    log.error({ err: error, file }, 'a file of the click journal cannot be read, and is set aside');
    return null;
  });
  if (batch === null) return await files.setAsideWhole(file, 'unreadable');
  // Each visitor went on with the id of this click, so it has to be on record, whether or not they had
  // clicked before: nobody looks for an earlier click.
  const rows = batch.rows.map((row) => ({ ...row, is_new: true }));
  const refused = await storeClicks(rows, store, () => files.touch(file));
  const aside = { unreadable: batch.unreadable, refused: refused.map((row) => JSON.stringify(row)) };
  for (const why of ['unreadable', 'refused'] as const) {
    const lines = aside[why];
    if (lines.length === 0) continue;
    log.error({ file, clicks: lines.length, why }, 'clicks of the journal are set aside');
    await files.setAside(file, why, lines.map((line) => `${line}\n`).join(''));
  }
  if (await files.forget(file)) stored(rows.length - refused.length);
}

type Look = ReturnType<typeof createLook>;

const NOTHING: FolderContents = { waiting: 0, refused: 0, unreadable: 0, oldest_at_ms: null };

/** Remembers what was found in the folder, and when somebody last looked. */
function createLook(files: JournalFiles) {
  let contents = NOTHING;
  let isUsable = true;
  // Files that the database takes no click of, in this turn and in the last whole one.
  let [keptNow, kept] = [0, 0];
  let looked_at_ms = Date.now();
  return {
    begin(): void {
      keptNow = 0;
      looked_at_ms = Date.now();
    },
    sawFolder(usable: boolean): void {
      isUsable = usable;
    },
    kept(): void {
      keptNow += 1;
    },
    goesOn(): void {
      looked_at_ms = Date.now();
    },
    async end(): Promise<void> {
      kept = keptNow;
      contents = await files.contents();
    },
    status(): JournalStatus {
      const holds: Record<JournalTrouble, boolean> = {
        folder: !isUsable,
        unreadable: contents.unreadable > 0,
        refused: contents.refused + kept > 0,
        stopped: Date.now() - looked_at_ms > LOOKED_MAX_MS,
      };
      return { ...contents, troubles: JOURNAL_TROUBLES.filter((trouble) => holds[trouble]) };
    },
  };
}
