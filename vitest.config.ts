import { defineConfig } from 'vitest/config';

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
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'dist/test-report.json' },
  },
});
