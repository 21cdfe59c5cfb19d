import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const GIVEN = {
  HASH_SECRET: 'a hash secret for tests',
  BADGE_SECRET: 'a badge secret for tests',
  LINK_SECRET: 'a link secret for tests',
};

test('production refuses to start with a default secret, and names each', () => {
  const production = (env: object) => () => readConfig({ NODE_ENV: 'production', ...env });
  expect(production({})).toThrow(
    /HASH_SECRET: must be set[\s\S]*BADGE_SECRET: must be set[\s\S]*LINK_SECRET: must be set/,
  );
  expect(production({ HASH_SECRET: GIVEN.HASH_SECRET })).toThrow(/^BADGE_SECRET: must be set in production/);
  expect(production({ ...GIVEN, BADGE_SECRET: 'short' })).toThrow('BADGE_SECRET');
  expect(production(GIVEN)()).toMatchObject(GIVEN);
});
