import { describe, expect, it } from 'vitest';
import { findSchemathesis } from '../../local/schemathesis.mjs';
import { tryOperations } from './run.ts';
import { useServed } from './served.ts';

const TIMEOUT_MS = 3_600_000;

describe.skipIf(findSchemathesis() === null)('the document of the REST API, at length,', () => {
  const on = useServed();

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
