import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../local/temporary.ts';
import { root } from './support/local.ts';

const folder = temporaryFolder('referral-npm-');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Installs the packages with a program in npm's place, and a sign of life every 20 ms. */
function installWith(npm: string) {
  const script = path.join(folder, 'npm.js');
  writeFileSync(script, npm);
  const steps = JSON.stringify(path.join(root, 'local', 'bootstrap-steps.mjs'));
  const install =
    `import(${steps}).then((steps) => steps.installPackages(console.log, 20))` +
    '.catch((error) => { console.log("failed: " + error.message); });';
  const env = { ...process.env, npm_execpath: script };
  return spawnSync(process.execPath, ['--eval', install], { encoding: 'utf8', env }).stdout;
}

describe('installing packages', () => {
  test('says every while how long it has taken, and ends with npm', () => {
    const lines = installWith('setTimeout(() => {}, 300)').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^ {4}… still installing packages \(\d+ s\)$/);
  });

  test('says what npm said when npm fails', () => {
    expect(installWith("console.error('no such registry'); process.exitCode = 1")).toContain(
      'failed: no such registry',
    );
  });
});
