import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const BUILT = path.resolve('.tools', 'verifiers');

/** A library that verifies credentials, in a program of ours that asks it about the badges of a file. */
export interface Library {
  readonly name: string;
  /** The program without which it cannot be built. */
  readonly needs: string;
  /** Whether it takes an issuer that is an address, which it has to read as one. */
  readonly acceptsUrl: boolean;
  /** Whether it reads status lists, so that it knows of badges that were taken back. */
  readonly checksStatus: boolean;
  build(folder: string, built: string): void;
  readonly start: (folder: string, built: string) => readonly [string, ...string[]];
}

/** What a library says of one badge. */
export interface Verdict {
  readonly name: string;
  readonly accepted: boolean;
  readonly reason: string;
}

const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });

export const LIBRARIES: readonly Library[] = [
  {
    name: 'python',
    needs: 'python3',
    acceptsUrl: false,
    checksStatus: true,
    build(folder, built) {
      run(folder, 'python3', '-m', 'venv', built);
      run(folder, `${built}/bin/pip`, 'install', '--quiet', '--requirement', 'requirements.txt');
    },
    start: (folder, built) => [`${built}/bin/python`, `${folder}/verify.py`],
  },
  {
    name: 'node',
    needs: 'npm',
    acceptsUrl: false,
    checksStatus: true,
    build(folder, built) {
      for (const file of ['package.json', 'package-lock.json'])
        cpSync(`${folder}/${file}`, `${built}/${file}`);
      run(built, 'npm', 'ci', '--silent', '--no-audit', '--no-fund', '--ignore-scripts');
    },
    start: (folder) => [process.execPath, `${folder}/verify.mjs`],
  },
];

/** Builds the library's program, and says how to ask it about the badges of a file. */
export function prepare(library: Library, env: Readonly<Record<string, string>>) {
  const folder = path.join(import.meta.dirname, library.name);
  const built = path.join(BUILT, library.name);
  mkdirSync(built, { recursive: true });
  library.build(folder, built);
  const [command, ...args] = library.start(folder, built);
  return async (file: string): Promise<Verdict[]> => {
    const options = { env: { ...process.env, ...env, BUILT: built }, timeout: 120_000 };
    const { stdout } = await promisify(execFile)(command, [...args, file], options);
    // Before it a library may say what it likes.
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  };
}
