import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../prisma/root.ts';
import { toolsFolder } from '../tool.ts';
import { messageOf, UserError } from '../user-error.ts';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;

/** Registries keep a published version as it is, so a version is enough to pin these. */
const NPM_PACKAGES = ['top-user-agents@2.1.138', 'user-agents@2.1.198'];
const NPM = [
  'install',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-package-lock',
  '--loglevel=error',
];
const PIP = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet', '--no-deps'];
const PINNED = ['--require-hashes', '--only-binary', ':all:'];

/**
 * The folder of the packages with sets of agents, which this installs where it is missing: Python's in
 * `python`, npm's in `npm/node_modules`. Error: `UserError` when one cannot be had.
 */
export async function installSets(): Promise<string> {
  const requirements = path.join(projectRoot(), 'local', 'agents', 'requirements.txt');
  const pinned = [readFileSync(requirements, 'utf8'), ...NPM_PACKAGES].join('\n');
  const hash = createHash('sha256').update(pinned).digest('hex');
  const folder = path.join(toolsFolder(), `agents-${hash.slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  // Another process may install at the same time: each fills a folder of its own, and one renames it.
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(path.join(partial, 'npm'), { recursive: true });
  try {
    const python = ['--requirement', requirements, '--target', path.join(partial, 'python')];
    await install('python3', [...PIP, ...PINNED, ...python]);
    await install('npm', [...NPM, '--prefix', path.join(partial, 'npm'), ...NPM_PACKAGES]);
    if (!existsSync(folder)) renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

async function install(program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, args, { timeout: INSTALL_TIMEOUT_MS });
  } catch (error) {
    throw new UserError(`The sets of agents could not be installed by ${program}: ${messageOf(error)}`);
  }
}
