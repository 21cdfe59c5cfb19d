import path from 'node:path';
import { expect, test } from 'vitest';
import { root, useLocalEngine } from './support/local.ts';

const { start } = useLocalEngine();

test('what the demo stores fits the types of messages, and its ledger is proven', {
  timeout: 420_000,
}, async () => {
  const command = path.join(root, 'local', 'run.mjs');
  const args = ['dist/local/demo/main.js', '--customers', '40'];
  const run = start({}, args, [process.execPath, command]);
  expect(await run.exited, run.output()).toBe(0);
  expect(run.output()).toContain('under a minute on two cores');
  expect(run.output()).toMatch(/All [\d,]+ messages, of \d+ types, fit their types\./);
  expect(run.output()).toContain('Ledger proven');
});
