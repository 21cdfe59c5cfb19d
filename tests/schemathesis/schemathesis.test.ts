import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSchemathesis } from '../../local/schemathesis.mjs';
import { runPython, tryOperations } from './run.ts';
import { useServed } from './served.ts';

const TIMEOUT_MS = 600_000;

describe.skipIf(findSchemathesis() === null)('the document of the REST API', () => {
  const on = useServed();

  it('is valid to a second validator, which has nothing of the first', { timeout: TIMEOUT_MS }, async () => {
    const file = path.resolve(import.meta.dirname, '..', '..', 'openapi.json');
    const { ok, output } = await runPython(['-m', 'openapi_spec_validator', file], TIMEOUT_MS);
    expect(ok, output).toBe(true);
  });

  it('holds for the answer to each example in it', { timeout: TIMEOUT_MS }, async () => {
    const args = ['--phases', 'examples', '--mode', 'positive'];
    const { ok, output } = await tryOperations(on, args, TIMEOUT_MS);
    expect(ok, output).toBe(true);
  });
});
