import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**', '.data/**', '.tools/**', 'tests/receivers/**'],
    globalSetup: ['tests/support/global-setup.ts'],
    // Temporal's worker threads and native core want processes of their own.
    pool: 'forks',
    // Loading Prisma and Temporal costs two seconds; done for each file, it was a third of a run.
    isolate: false,
    // One more than CI's machine has cores: tests wait for servers a fifth of their time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'dist/test-report.json' },
  },
});
