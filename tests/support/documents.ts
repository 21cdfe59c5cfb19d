import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The text of a file, by its path from the root. */
export const readText = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Whether there is a file or a folder at this path from the root. */
export const isThere = (file: string): boolean => existsSync(path.join(ROOT, file));

/** Files below a folder that end so, as paths from the root. */
export function filesBelow(folder: string, ending: RegExp): string[] {
  if (!isThere(folder)) return [];
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

/** Every document, decisions included. */
export const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', ...filesBelow('docs', /\.md$/)];

/** Documents about the present; a decision on record speaks of its own time. */
export const PRESENT = DOCUMENTS.filter((file) => !file.startsWith('docs/adr/'));

export const SOURCES = [
  'api',
  'worker',
  'workflows',
  'activities',
  'engine',
  'domain',
  'ledger',
  'platform',
  'prisma',
  'local',
  'bench',
  'capture',
].flatMap((folder) =>
  filesBelow(folder, /\.(ts|mjs)$/).filter((file) => !/\.test\.ts$|^prisma\/generated\//.test(file)),
);

/** A section of a document, from its heading to the next one; empty when there is none. */
export const sectionOf = (file: string, heading: string): string =>
  readText(file)
    .split(/^##+ /m)
    .find((part) => part.startsWith(`${heading}\n`)) ?? '';

/** The cells of every table row of a section, or of the whole document, without the heads of the tables. */
export function rowsOf(file: string, heading?: string): string[][] {
  const text = heading === undefined ? readText(file) : sectionOf(file, heading);
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .slice(1)
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** A cell without its marks of code. */
export const bare = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '');

/** A diagram as it stands in a document. */
export const drawn = (diagram: string): string => `\`\`\`mermaid\n${diagram}\`\`\``;
