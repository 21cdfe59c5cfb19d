import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import path from 'node:path';
import { temporaryFolder } from '../../local/temporary.ts';

/** Linux keeps what lies here in memory, up to half of the machine's. Containers often have 64 MB of it. */
const MEMORY = '/dev/shm';
/** What a run's databases and their log take at most, several times over. */
const NEEDED_BYTES = 4 * 2 ** 30;
/** By then a run has started its server, or never will. */
const STARTED_MS = 10 * 60_000;

/**
 * A new temporary folder for a cluster: in memory, where there is plenty, else on disk. Copying a template's
 * thousand files takes ten times as long on disk, and a run does it hundreds of times.
 */
export function memoryFolder(prefix: string): string {
  if (!hasRoom()) return temporaryFolder(prefix);
  removeLeftOver(prefix);
  return temporaryFolder(prefix, MEMORY);
}

function hasRoom(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, freemem() / 2) >= NEEDED_BYTES;
}

/** A run that was killed could not remove its folder, and memory is dearer than a disk. */
function removeLeftOver(prefix: string): void {
  for (const name of readdirSync(MEMORY).filter((found) => found.startsWith(prefix))) {
    const folder = path.join(MEMORY, name);
    if (!isInUse(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

function isInUse(folder: string): boolean {
  try {
    const [pid = ''] = readFileSync(path.join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
    return existsSync(path.join('/proc', pid.trim()));
  } catch {
    return Date.now() - statSync(folder).mtimeMs < STARTED_MS;
  }
}
