import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './support/local.ts';

const CHECK = 'local/require-node.mjs';
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** The files that the commands of package.json start. */
const entries = [
  ...new Set([...read('package.json').matchAll(/node (local\/[\w-]+\.mjs)/g)].map(([, file]) => file ?? '')),
];

/** Runs a file under a Node that says that it is another version. */
function runAs(version: string, file: string, args: readonly string[] = []) {
  const fake = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
  const preload = `data:text/javascript,${encodeURIComponent(fake)}`;
  return spawnSync(process.execPath, ['--import', preload, path.join(root, file), ...args], {
    encoding: 'utf8',
  });
}

describe('a Node that is too old is told so in one sentence', () => {
  test.each(entries.flatMap((file) => ['16.13.0', '18.20.8', '20.18.3'].map((version) => [file, version])))(
    '%s as Node %s',
    (file = '', version = '') => {
      const { status, stdout, stderr } = runAs(version, file);
      expect(status).toBe(1);
      expect(stdout).toBe('');
      expect(stderr.trim()).toBe(
        `✗ Node ${version} is too old: install Node 20.19 or newer (https://nodejs.org).`,
      );
    },
  );

  test.each(['20.19.0', '22.0.0'])('and Node %s is let through', (version) => {
    expect(runAs(version, 'local/start.mjs', ['--help']).stdout).toContain('npm start');
  });

  // An old Node links a file's static imports, and theirs, before the check can run.
  test('because an entry imports nothing but the check statically, and the check nothing new', () => {
    const imports = (file: string) =>
      [...read(file).matchAll(/^(?:import|export)\b.*$/gm)].map(([line]) => line);
    expect(entries.length).toBeGreaterThan(2);
    for (const file of entries) expect(imports(file), file).toEqual(["import './require-node.mjs';"]);
    expect(imports(CHECK)).toEqual(["import { readFileSync } from 'node:fs';"]);
  });

  test('and neither file has what Node 16 lacks', () => {
    const newer = [
      /import\.meta\.(?!url\b)/,
      /\bwith \{/,
      /\busing\b/,
      /\.(at|toSorted|toReversed|toSpliced|findLast|groupBy|hasOwn)\(/,
      /\bparseArgs\b/,
      /\b(fetch|structuredClone)\(/,
      /\bstatic \{/,
      /\/v\b/,
    ];
    for (const file of [...entries, CHECK]) {
      const code = read(file).replace(/^\/\/.*$/gm, '');
      for (const feature of newer) expect(code, file).not.toMatch(feature);
    }
  });
});
