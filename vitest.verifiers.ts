import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** The tests of `npm run verifiers`, which install libraries that verify badges. */
export default defineConfig({
  test: { ...config.test, include: ['tests/verifiers/**/*.test.ts'], exclude: [], reporters: ['default'] },
});
