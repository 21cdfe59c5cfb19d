// schemathesis, which tries the REST API against its document, and a validator of such documents: programs of
// Python, with every package pinned by its hash. Where Python 3.11 or a package index is missing, their tests
// are left out, and say so.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './clone-files.mjs';

const REQUIREMENTS = path.join(ROOT, 'tests', 'schemathesis', 'requirements.txt');
const INSTALL_TIMEOUT_MS = 300_000;
const PIP = [
  ...['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet'],
  ...['--require-hashes', '--only-binary', ':all:', '--requirement', REQUIREMENTS],
];
const run = promisify(execFile);

/** A folder for these packages in these versions, so that others never mix with them. */
function folderOf() {
  const tools = path.resolve(process.env.TOOLS_DIR || path.join(ROOT, '.tools'));
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  return path.join(tools, `schemathesis-${hash.slice(0, 12)}`);
}

/** The folder of Python packages that an earlier run installed; null: none. */
export function findSchemathesis() {
  const folder = folderOf();
  return existsSync(folder) ? folder : null;
}

/** Installs them where they are missing. A failure is silent here, as the tests report it. */
export async function ensureSchemathesis() {
  const folder = folderOf();
  if (existsSync(folder)) return;
  // Another process may install at the same time: each fills a folder of its own, and one renames it.
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(path.dirname(folder), { recursive: true });
  try {
    await run('python3', [...PIP, '--target', partial], { timeout: INSTALL_TIMEOUT_MS });
    if (!existsSync(folder)) renameSync(partial, folder);
  } catch {
    // Their tests are left out, and say so.
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
