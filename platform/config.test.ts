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

test('a mail server needs a sender’s address, and both must be well-formed', () => {
  const mail = (env: Readonly<Record<string, string>>) => () => readConfig(env);
  expect(mail({ SMTP_URL: 'smtp://mail.example' })).toThrow('MAIL_FROM: must be set when SMTP_URL is');
  expect(mail({ SMTP_URL: 'https://mail.example', MAIL_FROM: 'a@b.example' })).toThrow('SMTP_URL');
  expect(mail({ MAIL_FROM: 'nobody' })).toThrow('MAIL_FROM');
  const both = { SMTP_URL: 'smtps://user:pass@mail.example:465', MAIL_FROM: 'Rewards <rewards@example.com>' };
  expect(mail(both)()).toMatchObject(both);
  expect(mail({ SMTP_URL: '', MAIL_FROM: '' })().SMTP_URL).toBeUndefined();
});
