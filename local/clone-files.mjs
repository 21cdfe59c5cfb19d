// The files of a clone: where its root is, which of its folders are built, and hashes of them. Node's own
// modules only: the bootstrap uses these before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..');
/** The folders whose code is built. */
export const SOURCES = [
  'domain',
  'ledger',
  'engine',
  'activities',
  'workflows',
  'worker',
  'api',
  'platform',
  'prisma',
  'local',
  'bench',
];
/** A path below the root. */
export const at = (...parts) => path.join(ROOT, ...parts);

/** The file's content; an empty object where it cannot be read. */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** All files below the folders that `wanted` accepts, sorted, as paths from the root. */
export function filesBelow(folders, wanted) {
  return folders
    .filter((folder) => existsSync(at(folder)))
    .flatMap((folder) =>
      readdirSync(at(folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && wanted(entry.name))
        .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name))),
    )
    .sort();
}

/** What was read of each file: several steps of a start depend on the same ones. */
const digests = new Map();

function digestOf(file) {
  if (!digests.has(file))
    digests.set(
      file,
      createHash('sha256')
        .update(readFileSync(at(file)))
        .digest('hex'),
    );
  return digests.get(file);
}

/** A hash of the names and contents of those files that exist, as paths from the root. */
export function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) if (existsSync(at(file))) hash.update(`${file}\0${digestOf(file)}\0`);
  return hash.digest('hex');
}
