// Makes a clone ready to run: packages, Prisma client, build, workflow bundle. Node's own modules only: it
// runs before anything is installed. Every step is skipped when nothing that it depends on has changed.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installPackages, STEPS } from './bootstrap-steps.mjs';
import { at, hashOf, readJson } from './clone-files.mjs';
import { exclusively } from './exclusively.mjs';

const STAMPS = at('node_modules', '.cache', 'referral-engine.json');

/** A step that failed; the message is one sentence for the person at the terminal. */
export class StepFailed extends Error {
  name = 'StepFailed';
}

/**
 * Brings the clone up to date. `until` names the last step that is needed; `say` gets the lines of progress.
 * Throws `StepFailed`.
 */
export async function bootstrap({ until = 'services bundled', say = console.log } = {}) {
  const last = STEPS.findIndex((step) => step.name === until);
  for (const step of STEPS.slice(0, last + 1)) {
    const stale = () => (step.wanted?.() ?? true) && !isCurrent(step, readJson(STAMPS));
    if (!stale()) continue;
    await exclusively(at('.data', 'bootstrap.lock'), async () => {
      if (stale()) await perform(step, readJson(STAMPS), say);
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

function isCurrent(step, stamps) {
  return stamps[step.name] === hashOf(step.inputs()) && step.done();
}

async function perform(step, stamps, say) {
  const begun = performance.now();
  // Packages that somebody installed with npm by hand need no second installation.
  const needless = step.work === installPackages && step.done();
  if (!needless) say(`  … ${step.doing}`);
  try {
    if (!needless) await step.work(say);
  } catch (error) {
    throw new StepFailed(`${error.message}\n\n${step.advice}`);
  }
  mkdirSync(path.dirname(STAMPS), { recursive: true });
  writeFileSync(STAMPS, JSON.stringify({ ...stamps, [step.name]: hashOf(step.inputs()) }));
  if (!needless) say(`  ✓ ${step.name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
}
