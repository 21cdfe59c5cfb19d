// Makes a clone ready to run: packages, Prisma client, build, workflow bundle. Node's own modules only, for
// it runs before anything is installed. Every step is skipped when nothing that it depends on has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exclusively } from './exclusively.mjs';

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
const STAMPS = path.join(ROOT, 'node_modules', '.cache', 'referral-engine.json');
const at = (...parts) => path.join(ROOT, ...parts);

/** A step that failed; the message is one sentence for the person at the terminal. */
export class StepFailed extends Error {
  name = 'StepFailed';
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new StepFailed(
    `Node ${process.versions.node} is too old: install Node 20.19 or newer (https://nodejs.org).`,
  );
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** All files below the folders that `wanted` accepts, sorted, as paths from the root. */
function filesBelow(folders, wanted) {
  return folders
    .filter((folder) => existsSync(at(folder)))
    .flatMap((folder) =>
      readdirSync(at(folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && wanted(entry.name))
        .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name))),
    )
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) if (existsSync(at(file))) hash.update(`${file}\0`).update(readFileSync(at(file)));
  return hash.digest('hex');
}

const isSource = (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts');

/**
 * npm keeps what it installed in node_modules/.package-lock.json: every package that is not optional must be
 * there.
 */
function packagesAreInstalled() {
  const wanted = readJson(at('package-lock.json')).packages ?? {};
  const present = readJson(at('node_modules', '.package-lock.json')).packages ?? {};
  return Object.entries(wanted).every(
    ([place, { version, optional, devOptional }]) =>
      place === '' || optional || devOptional || present[place]?.version === version,
  );
}

function run(command, args, env = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return;
  throw new Error(error ? error.message : `${stdout}${stderr}`.trim().split('\n').slice(-40).join('\n'));
}

function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js')
    ? [process.execPath, [script]]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

function installPackages() {
  const [command, first] = npmCommand();
  run(command, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

function generateClient() {
  // The schema engine, which generating does not need, would be downloaded otherwise.
  const env = {
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  };
  run(process.execPath, [at('node_modules', 'prisma', 'build', 'index.js'), 'generate'], env);
}

/** Outputs whose source is gone would be found by imports that no longer compile. */
function removeOrphans() {
  const outputs = filesBelow(
    SOURCES.map((folder) => path.join('dist', folder)),
    (name) => /\.(js|d\.ts)(\.map)?$/.test(name),
  );
  for (const output of outputs) {
    const source = output.replace(/^dist./, '').replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (!existsSync(at(source))) rmSync(at(output), { force: true });
  }
}

function compile() {
  removeOrphans();
  run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']);
}

function bundleWorkflows() {
  run(process.execPath, [at('dist', 'worker', 'bundle-cli.js')]);
}

/** The steps in order: what each depends on, what it makes, and what to say when it fails. */
const STEPS = [
  {
    name: 'packages installed',
    doing: 'installing packages (a minute, the first time)',
    inputs: () => ['package-lock.json'],
    done: packagesAreInstalled,
    work: installPackages,
    advice: 'npm ci failed: see whether the package registry can be reached, then try again.',
  },
  {
    name: 'Prisma client generated',
    doing: 'generating the Prisma client',
    inputs: () => ['prisma/schema.prisma', 'package-lock.json'],
    done: () => existsSync(at('prisma', 'generated', 'client.ts')),
    work: generateClient,
    advice: 'prisma generate failed: correct prisma/schema.prisma.',
  },
  {
    name: 'built',
    doing: 'building',
    inputs: () => [
      'tsconfig.json',
      'tsconfig.build.json',
      'package-lock.json',
      ...filesBelow(SOURCES, isSource),
    ],
    done: () => existsSync(at('dist', 'local', 'main.js')),
    work: compile,
    advice: 'The build failed: correct what the compiler says above.',
  },
  {
    name: 'workflows bundled',
    doing: 'bundling the workflows',
    wanted: () => existsSync(at('dist', 'worker', 'bundle-cli.js')),
    inputs: () => ['package-lock.json', ...filesBelow(['workflows', 'domain', 'worker'], isSource)],
    done: () => existsSync(at('dist', 'workflow-bundle.js')),
    work: bundleWorkflows,
    advice: 'The workflows could not be bundled: see above.',
  },
];

function isCurrent(step, stamps) {
  return stamps[step.name] === hashOf(step.inputs()) && step.done();
}

function perform(step, stamps, say) {
  const begun = performance.now();
  // Packages that somebody installed with npm by hand need no second installation.
  const needless = step.work === installPackages && step.done();
  if (!needless) say(`  … ${step.doing}`);
  try {
    if (!needless) step.work();
  } catch (error) {
    throw new StepFailed(`${error.message}\n\n${step.advice}`);
  }
  mkdirSync(path.dirname(STAMPS), { recursive: true });
  writeFileSync(STAMPS, JSON.stringify({ ...stamps, [step.name]: hashOf(step.inputs()) }));
  if (!needless) say(`  ✓ ${step.name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
}

/**
 * Brings the clone up to date. `until` names the last step that is needed; `say` gets the lines of progress.
 * Throws `StepFailed`.
 */
export async function bootstrap({ until = 'workflows bundled', say = console.log } = {}) {
  requireNode();
  const last = STEPS.findIndex((step) => step.name === until);
  for (const step of STEPS.slice(0, last + 1)) {
    const stale = () => (step.wanted?.() ?? true) && !isCurrent(step, readJson(STAMPS));
    if (!stale()) continue;
    await exclusively(at('.data', 'bootstrap.lock'), () => {
      if (stale()) perform(step, readJson(STAMPS), say);
    });
  }
}

/** Like `bootstrap`, for scripts: what fails is printed, and the process ends with code 1. */
export async function bootstrapOrExit(options) {
  try {
    await bootstrap(options);
  } catch (error) {
    console.error(`\n✗ ${error instanceof StepFailed ? error.message : error.stack}`);
    process.exit(1);
  }
}
