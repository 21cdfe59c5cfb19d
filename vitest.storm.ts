import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** The tests of `npm run storm`: every storm, those too that are too long for `npm test`. */
export default defineConfig({
  test: { ...config.test, include: ['tests/storm/**/*.test.ts'], exclude: [], reporters: ['default'] },
});
