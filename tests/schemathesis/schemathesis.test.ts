import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSchemathesis } from '../../local/schemathesis.mjs';
import { runPython, tryOperations } from './run.ts';
import { useServed } from './served.ts';

const TIMEOUT_MS = 600_000;

/** Policies and programs have thousands of forms: they are for `npm run schemathesis`. */
const LARGE = ['--exclude-operation-id', 'createProgram', '--exclude-operation-id', 'publishPolicy'];

/** Operations that need a Stripe. */
const NEEDS_STRIPE = ['catchUpStripe'];

describe.skipIf(findSchemathesis() === null)('the document of the REST API', () => {
  const on = useServed();

  it('is valid to a second validator, which has nothing of the first', { timeout: TIMEOUT_MS }, async () => {
    const file = path.resolve(import.meta.dirname, '..', '..', 'openapi.json');
    const { ok, output } = await runPython(['-m', 'openapi_spec_validator', file], TIMEOUT_MS);
    expect(ok, output).toBe(true);
  });

  it('holds for every answer to what it allows, and each operation has a success', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const examples = await tryOperations(on, ['--phases', 'examples', '--mode', 'positive'], TIMEOUT_MS);
    expect(examples.ok, examples.output).toBe(true);
    const args = ['--phases', 'coverage', '--mode', 'positive', ...LARGE];
    const { ok, output } = await tryOperations(on, args, TIMEOUT_MS);
    expect(ok, output).toBe(true);
    expect(on.unanswered()).toEqual(NEEDS_STRIPE);
  });

  it('holds for every answer to an address that it does not allow', { timeout: TIMEOUT_MS }, async () => {
    const reads = ['--include-method', 'GET', '--include-method', 'DELETE'];
    const args = ['--phases', 'coverage', '--mode', 'negative', ...reads];
    const { ok, output } = await tryOperations(on, args, TIMEOUT_MS);
    expect(ok, output).toBe(true);
  });
});
