import { defineConfig } from 'vitest/config';
import { ensureSchemathesis } from './local/schemathesis.mjs';
import config from './vitest.config.ts';

await ensureSchemathesis();

/** The tests of `npm run schemathesis`: the REST API against its document, those too that take minutes. */
export default defineConfig({
  test: { ...config.test, include: ['tests/schemathesis/**/*.test.ts'], exclude: [], reporters: ['default'] },
});
