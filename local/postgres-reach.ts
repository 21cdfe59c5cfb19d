import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from './user-error.ts';

/** Where root keeps copies of PostgreSQL's programs (FHS 3.0, 5.5: data that can be made again). */
const CACHE = '/var/cache/referral-engine';
/** A process finds what it has open here, and is not asked whether it may enter the folders above. */
const OPEN_FILES = '/proc/self/fd';
/** The first descriptor after stdin, stdout and stderr. */
const FIRST_HANDED = 3;

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** What a child is given: the names by which it finds files, and the open files to start it with. */
export interface Handed {
  readonly names: readonly string[];
  /** Go after the three of every child. */
  readonly files: readonly number[];
  /** Closes this process's own; call it once the child has started. */
  close(): void;
}

/**
 * Whether that user may enter a folder; asked of the system, which knows of access lists too. The shell goes
 * by its path, since PATH may name few programs.
 */
function mayEnter(folder: string, { uid, gid }: SystemUser): boolean {
  return spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], { cwd: '/', uid, gid }).status === 0;
}

/**
 * Hands files down to a child that runs as `user`. Root's home lets nobody else in, in most containers; there
 * the child gets the files open, and their names below /proc. Errors: `UserError` where there is no /proc.
 */
export function handDown(files: readonly string[], user: SystemUser | undefined): Handed {
  if (!user || files.every((file) => mayEnter(path.dirname(file), user))) {
    return { names: files, files: [], close: () => undefined };
  }
  if (!existsSync(OPEN_FILES)) throw new UserError(cannotEnter(path.dirname(files[0] ?? '/'), user));
  const opened = files.map((file) => openSync(file, 'r'));
  return {
    names: opened.map((_, index) => `${OPEN_FILES}/${FIRST_HANDED + index}`),
    files: opened,
    close: () => opened.forEach(closeSync),
  };
}

/**
 * PostgreSQL's own folder where `user` may enter it: `native`, or else a copy in `cache`, because PostgreSQL
 * looks for its other files from the real path of its program. Errors: `UserError` when it cannot be copied.
 */
export function reachableNative(native: string, user: SystemUser | undefined, cache = CACHE): string {
  if (!user || mayEnter(path.join(native, 'bin'), user)) return native;
  const { version } = JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8'));
  const copy = path.join(cache, `postgresql-${version}-${process.arch}`);
  try {
    if (!existsSync(copy)) copyForAll(native, copy);
  } catch (error) {
    throw new UserError(`${cannotEnter(native, user)} (No copy could be made: ${messageOf(error)})`);
  }
  return copy;
}

/** Copies a folder for everybody to read: beside its place first, so that it is there whole or not at all. */
function copyForAll(folder: string, copy: string): void {
  mkdirSync(path.dirname(copy), { recursive: true });
  chmodSync(path.dirname(copy), 0o755);
  const partial = mkdtempSync(`${copy}.partial-`);
  try {
    execFileSync('cp', ['-R', `${folder}/.`, partial], { stdio: ['ignore', 'ignore', 'pipe'] });
    execFileSync('chmod', ['-R', 'a+rX', partial], { stdio: ['ignore', 'ignore', 'pipe'] });
    // Another process may have been faster.
    if (!existsSync(copy)) renameSync(partial, copy);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

const cannotEnter = (folder: string, { uid }: SystemUser): string =>
  `PostgreSQL does not run as root, and user id ${uid}, as which it runs instead, may not enter ${folder}: ` +
  'move this clone to a folder that everybody may enter, such as /srv, run npm start as another user, or ' +
  'set DATABASE_URL.';
