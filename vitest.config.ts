import { defineConfig } from 'vitest/config';
import { LongFirst } from './tests/support/sequencer.ts';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    // Longer ones are commands of their own: `npm run storm`, `npm run schemathesis`, `npm run receivers`,
    // `npm run verifiers`.
    exclude: [
      'node_modules/**',
      'dist/**',
      '.data/**',
      '.tools/**',
      'tests/receivers/**',
      'tests/verifiers/**',
      '**/*.long.test.ts',
    ],
    globalSetup: ['tests/support/global-setup.ts'],
    // Temporal's worker threads and native core want processes of their own.
    pool: 'forks',
    // Loading Prisma and Temporal costs two seconds; done for each file, it was a third of a run.
    isolate: false,
    // One more than CI's machine has cores: tests wait for servers and deadlines a good part of the time.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    // Finds what hangs, and not what is slow beside two others on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // So does this: without a word, what a test polls for would have to come within a second.
    expect: { poll: { timeout: 10_000 } },
    reporters: ['default', 'json'],
    outputFile: { json: 'dist/test-report.json' },
  },
});
