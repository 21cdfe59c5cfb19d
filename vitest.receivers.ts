import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** The tests of `npm run receivers`, which install the libraries of other languages. */
export default defineConfig({
  test: { ...config.test, include: ['tests/receivers/**/*.test.ts'], exclude: [], reporters: ['default'] },
});
