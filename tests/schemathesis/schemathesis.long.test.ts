import { describe, expect, it } from 'vitest';
import { findSchemathesis } from '../../local/schemathesis.mjs';
import { tryOperations } from './run.ts';
import { useServed } from './served.ts';

const TIMEOUT_MS = 3_600_000;

/** Policies and programs have thousands of forms, which the last run but one tries. */
const LARGE = ['--exclude-operation-id', 'createProgram', '--exclude-operation-id', 'publishPolicy'];

/** Operations that need a Stripe. */
const NEEDS_STRIPE = ['catchUpStripe', 'createPromotionCode'];

describe.skipIf(findSchemathesis() === null)('the document of the REST API, at length,', () => {
  const on = useServed();

  it('holds for every answer to what it allows, and each operation has a success', {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (const [phase, ...without] of [['examples'], ['coverage', ...LARGE]] as const) {
      const args = ['--phases', phase, '--mode', 'positive', ...without];
      const { ok, output } = await tryOperations(on, args, TIMEOUT_MS);
      expect(ok, output).toBe(true);
    }
    expect(on.unanswered()).toEqual(NEEDS_STRIPE);
  });

  it('holds for every answer to an address that it does not allow', { timeout: TIMEOUT_MS }, async () => {
    const reads = ['--include-method', 'GET', '--include-method', 'DELETE'];
    const args = ['--phases', 'coverage', '--mode', 'negative', ...reads];
    const { ok, output } = await tryOperations(on, args, TIMEOUT_MS);
    expect(ok, output).toBe(true);
  });

  it('holds for every answer to what it allows and to what it does not', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { ok, output } = await tryOperations(on, ['--phases', 'coverage'], TIMEOUT_MS);
    expect(ok, output).toBe(true);
  });

  it('holds for every answer to requests that nobody thought of', { timeout: TIMEOUT_MS }, async () => {
    const args = ['--phases', 'fuzzing', '--max-examples', '30', '--max-time', '900'];
    const { ok, output } = await tryOperations(on, args, TIMEOUT_MS);
    expect(ok, output).toBe(true);
  });
});
