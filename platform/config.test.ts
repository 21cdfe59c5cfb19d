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

test('lists are parted by commas, and each entry of a wrong form is refused by the variable’s name', () => {
  const read = (env: Readonly<Record<string, string>>) => () => readConfig(env);
  const print = Array(32).fill('0A').join(':');
  const given = {
    LINK_HOSTS: 'go.shop.example, links.shop.example',
    APP_LINKS_APPLE: 'ABCDE12345.example.shop',
    APP_LINKS_ANDROID: `example.shop.app=${print},`,
  };
  expect(read(given)()).toMatchObject({
    LINK_HOSTS: ['go.shop.example', 'links.shop.example'],
    APP_LINKS_APPLE: ['ABCDE12345.example.shop'],
    APP_LINKS_ANDROID: [`example.shop.app=${print}`],
  });
  expect(read({})()).toMatchObject({ LINK_HOSTS: [], APP_LINKS_APPLE: [], APP_LINKS_ANDROID: [] });
  expect(read({ LINK_HOSTS: 'go.shop.example', PUBLIC_URL: 'https://go.shop.example' })).toThrow(
    'LINK_HOSTS: holds the host of PUBLIC_URL',
  );
  for (const [name, value] of [
    ['LINK_HOSTS', 'go.shop.example,https://shop.example'],
    ['LINK_HOSTS', 'go.shop.example:443'],
    ['TRUST_PROXY', 'nginx'],
    ['TRUST_PROXY', '2'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['LINK_HOSTS', 'GO.shop.example'],
    ['APP_LINKS_APPLE', 'example.shop'],
    ['APP_LINKS_ANDROID', `shop=${print}`],
    ['APP_LINKS_ANDROID', 'example.shop.app=0A:0B'],
  ] as const) {
    expect(read({ [name]: value })).toThrow(name);
  }
});

test('proxies are believed by their addresses: none unless named, private ones by `true`', () => {
  const of = (TRUST_PROXY: string) => readConfig({ TRUST_PROXY }).TRUST_PROXY;
  expect(readConfig({}).TRUST_PROXY).toEqual([]);
  expect([of('false'), of('True'), of('10.0.0.0/8, 2001:db8::1')]).toEqual([
    [],
    ['loopback', 'uniquelocal'],
    ['10.0.0.0/8', '2001:db8::1'],
  ]);
});

test('badges name their issuer by did:web only where PUBLIC_URL can have one', () => {
  const of = (PUBLIC_URL?: string) => () =>
    readConfig({ BADGE_ISSUER: 'did:web', ...(PUBLIC_URL === undefined ? {} : { PUBLIC_URL }) }).BADGE_ISSUER;
  expect(readConfig({}).BADGE_ISSUER).toBe('url');
  expect(of('https://go.example.com/refer')()).toBe('did:web');
  for (const url of [undefined, 'http://go.example.com', 'https://192.0.2.7', 'https://[2001:db8::1]/']) {
    expect(of(url), url).toThrow(/^BADGE_ISSUER: did:web needs a PUBLIC_URL of https with a domain/);
  }
});

test('metrics have a port of their own', () => {
  expect(readConfig({}).METRICS_PORT).toBe(3002);
  expect(() => readConfig({ API_PORT: '3002' })).toThrow(/^METRICS_PORT: is API_PORT too/);
  expect(readConfig({ API_PORT: '0', METRICS_PORT: '0' }).METRICS_PORT).toBe(0);
});
