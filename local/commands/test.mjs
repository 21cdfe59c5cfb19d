// `npm test`: everything that must hold, on a fresh clone too. Arguments go to Vitest, to run a part of the
// tests. The last line counts what was really reported: every test, and every static check as one.
import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bootstrap } from '../bootstrap.mjs';
import { ensureChromium } from '../chromium.mjs';
import { ROOT, SOURCES } from '../clone-files.mjs';
import { ensureSchemathesis } from '../schemathesis.mjs';
import { ensureStripeMock } from '../stripe-mock.mjs';

const REPORT = path.join(ROOT, 'dist', 'test-report.json');
const folders = [...SOURCES, 'capture', 'tests'];
const CHECKS = [
  // The declarations are the build's. Several checkers each look again at what all files share.
  ['types', 'typescript/bin/tsc', ['--noEmit', '--declaration', 'false', '--checkers', '1', '-p', '.']],
  ['types of capture.js', 'typescript/bin/tsc', ['--noEmit', '-p', 'capture']],
  ['lint and format', '@biomejs/biome/bin/biome', ['ci', '--colors=off', '--max-diagnostics=50', '.']],
  [
    'import direction',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.cjs', ...folders],
  ],
  [
    'imports as built',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.built.cjs', 'dist/workflows'],
  ],
  ['dead code', 'knip/bin/knip.js', []],
];

const total = { passed: 0, failed: 0, skipped: 0 };

const run = promisify(execFile);
const argvOf = (tool, args) => [path.join(ROOT, 'node_modules', tool), ...args];

/** Above 0, so that the tests, some of which hold others to a time, go first. */
const BEHIND = 10;

function standBehind(pid) {
  try {
    setPriority(pid, BEHIND);
  } catch {
    // It could not be started, or has ended already.
  }
}

async function check([name, tool, args]) {
  const begun = performance.now();
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  const running = run(process.execPath, argvOf(tool, args), options);
  standBehind(running.child.pid);
  const failure = await running.then(
    () => null,
    ({ stdout, stderr }) => `${stdout}${stderr}`,
  );
  return { name, failure, took_s: (performance.now() - begun) / 1000 };
}

/** One after the other, on what the tests leave of the cores while they wait. */
async function checkAll() {
  const results = [];
  for (const it of CHECKS) results.push(await check(it));
  return results;
}

function countChecks(results) {
  for (const { name, failure, took_s } of results) {
    const passed = failure === null;
    total[passed ? 'passed' : 'failed'] += 1;
    console.log(`  ${passed ? '✓' : '✗'} ${name} (${took_s.toFixed(1)} s)`);
    if (!passed) console.log(failure.trim().split('\n').slice(0, 200).join('\n'));
  }
}

/** Resolves to Vitest's exit code. */
function runTests(filters) {
  const argv = argvOf('vitest/vitest.mjs', ['run', ...filters]);
  const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve) => child.once('error', () => resolve(1)).once('close', resolve));
}

/**
 * Adds up Vitest's report. A file that could not be run, and a run that failed without saying where, count as
 * one failure.
 */
function countTests(status) {
  const report = existsSync(REPORT) ? JSON.parse(readFileSync(REPORT, 'utf8')) : { testResults: [] };
  const before = total.failed;
  for (const file of report.testResults) {
    const states = file.assertionResults.map((test) => test.status);
    total.passed += states.filter((state) => state === 'passed').length;
    total.failed += states.filter((state) => state === 'failed').length;
    const skipped = states.filter((state) => !['passed', 'failed'].includes(state)).length;
    if (skipped > 0) console.log(`  left out: ${skipped} of ${path.relative(ROOT, file.name)}`);
    total.skipped += skipped;
    if (file.status === 'failed' && !states.includes('failed')) total.failed += 1;
  }
  if (status !== 0 && total.failed === before) total.failed += 1;
}

async function makeReady() {
  try {
    await bootstrap();
    return true;
  } catch (error) {
    console.log(`✗ ${error.message}`);
    total.failed += 1;
    return existsSync(path.join(ROOT, 'node_modules', 'vitest'));
  }
}

const filters = process.argv.slice(2);
const others = Promise.all([ensureChromium(), ensureSchemathesis()]);
if (await makeReady()) {
  ensureStripeMock();
  const checks = filters.length === 0 ? checkAll() : [];
  await others;
  rmSync(REPORT, { force: true });
  countTests(await runTests(filters));
  countChecks(await checks);
}
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
// Not process.exit(): a pipe that a child left non-blocking would lose its last lines.
process.exitCode = total.failed === 0 ? 0 : 1;
