import { access, constants, mkdir, open, readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { clickTimeOf } from '../../domain/links/click-id.ts';
import { newId } from '../../platform/ids.ts';

/**
 * How long a file belongs to the process that writes or stores it, from when that process last touched it. A
 * process touches its files every two seconds, so after this time it has ended, or hangs.
 */
export const LEASE_MS = 15_000;

/** Why clicks are set aside: nobody can read them, or the database refuses them. */
export type Aside = 'unreadable' | 'refused';

/** What the folder holds. */
export interface FolderContents {
  /** Files whose clicks are not stored yet, whoever has them. */
  readonly waiting: number;
  readonly refused: number;
  readonly unreadable: number;
  /** Since when the oldest of the waiting ones has waited; null: there is none. */
  readonly oldest_at_ms: number | null;
}

/** The files of a journal that several processes share. `owner` tells this one's from the others'. */
export interface JournalFiles {
  /** Makes the folder where it is missing. Rejects when nothing can be written there. */
  prepare(): Promise<void>;
  /** Writes something there, to see whether the disk takes it again. */
  tryOut(): Promise<void>;
  /** Returns the path of a new file of this process, which it alone writes. */
  newPath(): string;
  /** Says that this process still has the file. */
  touch(file: string): Promise<void>;
  /** Gives a file up, so that any process may take it. Returns its name; null: another has taken it over. */
  giveUp(file: string): Promise<string | null>;
  /** Names of files that nobody has, or whose process is gone, the oldest first. */
  free(): Promise<string[]>;
  /** Takes a free file for this process; null: another was faster. Returns its path. */
  take(name: string): Promise<string | null>;
  /** Forgets a file; false when another process has taken it over. */
  forget(file: string): Promise<boolean>;
  /** Keeps lines of a file for an operator, under a name that is never stored by itself. */
  setAside(file: string, why: Aside, text: string): Promise<void>;
  /** Keeps the whole file for an operator. */
  setAsideWhole(file: string, why: Aside): Promise<void>;
  contents(): Promise<FolderContents>;
}

/**
 * Files are told apart by how they end. `<id>.<owner>.open` is being written, `<id>.<owner>.taken` is being
 * stored; both are leased by their time of change. `<id>.ndjson` is anybody's, and `<id>.refused` and
 * `<id>.unreadable` are an operator's. Who renames a file has it, because a rename succeeds once.
 */
const FREE = '.ndjson';
const LEASED = ['.open', '.taken'];
/** What was being set aside when its process died; the file that it came from is still there. */
const HALF = '.part';

const idOf = (name: string): string => name.slice(0, name.indexOf('.'));
const isLeased = (name: string): boolean => LEASED.some((end) => name.endsWith(end));

export const createJournalFiles = (folder: string): JournalFiles => new Files(folder);

class Files implements JournalFiles {
  readonly #folder: string;
  /** Tells this process from the others, in the names of its files. */
  readonly #owner = newId().slice(-12);

  constructor(folder: string) {
    this.#folder = folder;
  }

  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await access(this.#folder, constants.W_OK | constants.X_OK);
  }

  async tryOut(): Promise<void> {
    const half = this.#at(newId() + HALF);
    await writeDurably(half, 'a click\n').finally(() => succeeds(unlink(half)));
  }

  newPath(): string {
    return this.#at(`${newId()}.${this.#owner}.open`);
  }

  async touch(file: string): Promise<void> {
    const now = new Date();
    await utimes(file, now, now);
  }

  async giveUp(file: string): Promise<string | null> {
    const free = this.#renamed(file, FREE);
    return (await succeeds(rename(file, free))) ? path.basename(free) : null;
  }

  async free(): Promise<string[]> {
    const names = await namesIn(this.#folder);
    const leased = names.filter(isLeased);
    const expired = await Promise.all(leased.map((name) => isExpired(this.#at(name))));
    const left = leased.filter((_, index) => expired[index] === true);
    return [...names.filter((name) => name.endsWith(FREE)), ...left].sort();
  }

  async take(name: string): Promise<string | null> {
    const [file, mine] = [this.#at(name), this.#renamed(name, `.${this.#owner}.taken`)];
    // Touched first, or the others would find its old time under the new name.
    return (await succeeds(this.touch(file).then(() => rename(file, mine)))) ? mine : null;
  }

  forget(file: string): Promise<boolean> {
    return succeeds(unlink(file));
  }

  async setAside(file: string, why: Aside, text: string): Promise<void> {
    const half = this.#renamed(file, HALF);
    await writeDurably(half, text);
    await rename(half, this.#renamed(file, `.${why}`));
    await syncFolder(this.#folder);
  }

  async setAsideWhole(file: string, why: Aside): Promise<void> {
    await succeeds(rename(file, this.#renamed(file, `.${why}`)));
  }

  async contents(): Promise<FolderContents> {
    return contentsOf(await namesIn(this.#folder));
  }

  #at(name: string): string {
    return path.join(this.#folder, name);
  }

  /** The path that a file has under the same id with another ending. */
  #renamed(file: string, ending: string): string {
    return this.#at(idOf(path.basename(file)) + ending);
  }
}

/** Whether the process that leased a file has not touched it for too long. */
async function isExpired(file: string): Promise<boolean> {
  const found = await unlessGone(stat(file));
  // A clock that was set back must not make a lease last for ever.
  return found !== null && Math.abs(Date.now() - found.mtimeMs) > LEASE_MS;
}

function contentsOf(names: readonly string[]): FolderContents {
  const ending = (end: string): number => names.filter((name) => name.endsWith(end)).length;
  const waiting = names.filter((name) => name.endsWith(FREE) || isLeased(name));
  const times = waiting.flatMap((name) => clickTimeOf(idOf(name)) ?? []);
  return {
    waiting: waiting.length,
    refused: ending('.refused'),
    unreadable: ending('.unreadable'),
    oldest_at_ms: times.length === 0 ? null : Math.min(...times),
  };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await unlessGone(readdir(folder))) ?? [];
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** A new name is durable once its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Null when the file is gone, as another process has renamed it or is done with it. */
async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

const succeeds = async (work: Promise<void>): Promise<boolean> =>
  (await unlessGone(work.then(() => true))) !== null;
