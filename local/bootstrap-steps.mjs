// What makes a clone ready to run, step by step. Node's own modules only: the steps run before anything is
// installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { at, filesBelow, ROOT, readJson, SOURCES } from './clone-files.mjs';

const isCapture = (name) => /\.(ts|mjs)$/.test(name) && !name.endsWith('.test.ts');
const isSource = (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts');

/** What the compiler looks at. */
const compiled = () => [
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  ...filesBelow(SOURCES, isSource),
];

/** The steps in order: what each depends on, what it makes, and what to say when it fails. */
export const STEPS = [
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
    inputs: compiled,
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
  {
    name: 'capture.js bundled',
    doing: 'bundling capture.js',
    inputs: () => ['package-lock.json', ...filesBelow(['capture'], isCapture)],
    done: () => existsSync(at('dist', 'capture', 'capture.js')),
    work: bundleCapture,
    advice: 'capture.js could not be bundled: see above.',
  },
  {
    name: 'services bundled',
    doing: 'bundling the API, the worker and what starts them',
    inputs: () => ['local/bundle-services.mjs', 'prisma/schema.prisma', ...compiled()],
    done: () => ['api.js', 'worker.js', 'stack.js'].every((name) => existsSync(at('dist', 'services', name))),
    work: bundleServices,
    advice: 'The API, the worker and what starts them could not be bundled: see above.',
  },
];

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

const OUTPUT_MAX = 64 * 1024 * 1024;
const lastLines = (text) => text.trim().split('\n').slice(-40).join('\n');

function run(command, args, env = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: OUTPUT_MAX,
  });
  if (status === 0) return;
  throw new Error(error ? error.message : lastLines(`${stdout}${stderr}`));
}

function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js')
    ? [process.execPath, [script]]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

/** Between two signs of life; npm itself says nothing where no terminal shows its progress. */
const TICK_MS = 5_000;

/** Installs the packages, and says how long that has taken now and then. */
export async function installPackages(say, tick_ms = TICK_MS) {
  const [command, first] = npmCommand();
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const begun = performance.now();
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed = (printed + chunk).slice(-OUTPUT_MAX);
    });
  }
  const tick = setInterval(() => {
    say(`    … still installing packages (${Math.round((performance.now() - begun) / 1000)} s)`);
  }, tick_ms);
  try {
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(lastLines(printed));
  } finally {
    clearInterval(tick);
  }
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
  // One checker looks only once at what all files share: that is less work, and less memory.
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc');
  run(process.execPath, [tsc, '--checkers', '1', '-p', 'tsconfig.build.json']);
}

function bundleCapture() {
  run(process.execPath, [at('capture', 'bundle.mjs')]);
}

function bundleServices() {
  run(process.execPath, [at('local', 'bundle-services.mjs')]);
}

function bundleWorkflows() {
  run(process.execPath, [at('dist', 'worker', 'bundle-cli.js')]);
}
