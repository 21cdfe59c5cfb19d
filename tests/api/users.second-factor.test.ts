import { describe, expect, it } from 'vitest';
import { useApi } from './harness.ts';
import { type Browser, PASSWORD, totp, useUsers } from './users-harness.ts';

const api = useApi({ proxies: ['loopback'] });
const users = useUsers(api);

const begin = (browser: Browser, password: string | undefined = PASSWORD) =>
  browser.ask('POST', '/users/me/second-factor', { password });
const confirm = (browser: Browser, code: string) =>
  browser.ask('POST', '/users/me/second-factor/confirm', { code });
const verify = (browser: Browser, code: string, more: object = {}) =>
  browser.ask('POST', '/users/sign-in/second-factor', { code, ...more });
const me = async (browser: Browser) => (await browser.ask('GET', '/users/me')).status;

/** An account with a second factor, and the browser in which it was set up. */
async function protectedUser(email: string) {
  const browser = await users.signedIn(email);
  const { data } = await begin(browser);
  await confirm(browser, totp(data.uri, -1));
  return { browser, uri: data.uri as string, backupCodes: data.backupCodes as string[] };
}

/** A browser that has given the password. */
async function halfSignedIn(email: string): Promise<Browser> {
  const browser = users.browser();
  const { data } = await browser.signIn(email);
  expect(data).toEqual({ secondFactor: 'asked' });
  expect(await me(browser)).toBe(401);
  return browser;
}

/** A code that no app shows these minutes. */
const wrongCode = (uri: string): string => {
  const shown = [-2, -1, 0, 1, 2].map((steps) => totp(uri, steps));
  return (
    ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !shown.includes(code)) ?? ''
  );
};

describe('setting it up', () => {
  it('takes the password and a code of the app, and counts from then on', async () => {
    const browser = await users.signedIn('setup@example.com');
    for (const password of [undefined, 'not the password']) {
      const { status, code } = await browser.ask('POST', '/users/me/second-factor', { password });
      expect([status, code]).toEqual([401, 'credentials_wrong']);
    }
    const { data } = await begin(browser);
    expect(data.uri).toMatch(/^otpauth:\/\/totp\/localhost/);
    expect(new Set(data.backupCodes).size).toBe(10);
    expect((await users.browser().signIn('setup@example.com')).data).toEqual({ secondFactor: 'none' });
    expect((await confirm(browser, wrongCode(data.uri))).code).toBe('second_factor_wrong');
    expect((await confirm(browser, totp(data.uri))).status).toBe(200);
    const { data: user } = await browser.ask('GET', '/users/me');
    expect(user.hasSecondFactor).toBe(true);
    expect(await begin(browser)).toMatchObject({ status: 409, code: 'stage_forbids' });
    await halfSignedIn('setup@example.com');
    const row = await api.db.userTwoFactor.findUniqueOrThrow({ where: { userId: user.id } });
    expect(row.secret).toMatch(/^\$ba\$\d+\$[0-9a-f]+$/);
    expect(row.backupCodes).toMatch(/^\$ba\$\d+\$[0-9a-f]+$/);
  });

  it('begun twice at once, ends with one second factor that works', async () => {
    const browser = await users.signedIn('twice@example.com');
    const answers = await Promise.all([begin(browser), begin(browser)]);
    for (const { status, code } of answers) expect([200, 'conflict']).toContain(status === 200 ? 200 : code);
    const { data } = await begin(browser);
    expect((await confirm(browser, totp(data.uri))).status).toBe(200);
  });

  it('an account without a password takes a session of the last day for it', async () => {
    await users.account('bare@example.com', { hasPassword: false });
    await users.browser().ask('POST', '/users/sign-in-link', { email: 'bare@example.com' });
    const browser = users.browser();
    await browser.ask('POST', '/users/sign-in-link/open', { token: await users.token('sign_in') });
    const age = (days: number) =>
      api.db.userSession.updateMany({
        where: { user: { email: 'bare@example.com' } },
        data: { createdAt: new Date(Date.now() - days * 86_400_000) },
      });
    await age(1.1);
    const stale = { status: 403, code: 'session_stale' };
    expect(await browser.ask('POST', '/users/me/second-factor', {})).toMatchObject(stale);
    expect(await browser.ask('POST', '/users/me/second-factor/remove')).toMatchObject(stale);
    expect(await browser.ask('PUT', '/users/me/password', { password: PASSWORD })).toMatchObject(stale);
    await age(0.9);
    expect((await browser.ask('POST', '/users/me/second-factor', {})).status).toBe(200);
    expect((await browser.ask('PUT', '/users/me/password', { password: PASSWORD })).status).toBe(200);
    expect((await users.browser().signIn('bare@example.com')).status).toBe(200);
    const again = await browser.ask('PUT', '/users/me/password', { password: 'another good one' });
    expect(again).toMatchObject({ status: 409, code: 'stage_forbids' });
  });
});

describe('signing in with it', () => {
  it('takes a code of the app, once', async () => {
    const { uri } = await protectedUser('once@example.com');
    const [first, second] = [await halfSignedIn('once@example.com'), await halfSignedIn('once@example.com')];
    const code = totp(uri);
    expect((await verify(first, code)).status).toBe(200);
    expect(await me(first)).toBe(200);
    expect(await verify(second, code)).toMatchObject({ status: 401, code: 'second_factor_wrong' });
    expect(await me(second)).toBe(401);
  });

  it('takes a backup code, each once, also when it comes twice at once', async () => {
    const { backupCodes } = await protectedUser('backup@example.com');
    const [code = '', other = ''] = backupCodes;
    const browsers = [await halfSignedIn('backup@example.com'), await halfSignedIn('backup@example.com')];
    const answers = await Promise.all(browsers.map((browser) => verify(browser, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await verify(await halfSignedIn('backup@example.com'), code)).code).toBe('second_factor_wrong');
    expect((await verify(await halfSignedIn('backup@example.com'), other)).status).toBe(200);
  });

  it('after five wrong codes begins anew, and after ten rests, whoever asks', async () => {
    const { uri } = await protectedUser('wrong@example.com');
    for (const _round of [1, 2]) {
      const browser = await halfSignedIn('wrong@example.com');
      for (let tries = 0; tries < 5; tries += 1) {
        expect((await verify(browser, wrongCode(uri))).code).toBe('second_factor_wrong');
      }
      const { status } = await verify(browser, totp(uri));
      expect(status).toBeGreaterThanOrEqual(400);
      expect(await me(browser)).toBe(401);
    }
    const browser = await halfSignedIn('wrong@example.com');
    const locked = await verify(browser, totp(uri));
    expect(locked).toMatchObject({ status: 429, code: 'attempts_exceeded' });
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0);
    await api.db.userTwoFactor.updateMany({ data: { lockedUntil: new Date(Date.now() - 1) } });
    expect((await verify(browser, totp(uri))).status).toBe(200);
  });

  it('a code without a password before it opens nothing', async () => {
    const { uri } = await protectedUser('bare-code@example.com');
    const answer = await verify(users.browser(), totp(uri));
    expect(answer).toMatchObject({ status: 401, code: 'second_factor_wrong' });
  });

  it('a browser that is trusted is not asked again, and only for this account', async () => {
    const { uri } = await protectedUser('trusted@example.com');
    await protectedUser('other@example.com');
    const browser = await halfSignedIn('trusted@example.com');
    expect((await verify(browser, totp(uri), { trustDevice: true })).status).toBe(200);
    await browser.ask('POST', '/users/sign-out');
    expect((await browser.signIn('trusted@example.com')).data).toEqual({ secondFactor: 'none' });
    await browser.ask('POST', '/users/sign-out');
    expect((await browser.signIn('other@example.com')).data).toEqual({ secondFactor: 'asked' });
  });

  it('a link of an e-mail does not replace it', async () => {
    const email = 'nolink@example.com';
    await protectedUser(email);
    await users.browser().ask('POST', '/users/sign-in-link', { email });
    const browser = users.browser();
    const token = await users.token('sign_in');
    const answer = await browser.ask('POST', '/users/sign-in-link/open', { token });
    expect(answer).toMatchObject({ status: 422, code: 'link_unusable' });
    expect(browser.cookieNames).toEqual([]);
  });

  it('a new password does not replace it', async () => {
    const email = 'newpass@example.com';
    await protectedUser(email);
    await users.browser().ask('POST', '/users/password-reset', { email });
    const input = { token: await users.token('reset_password'), password: 'a donkey and its hay' };
    const browser = users.browser();
    expect((await browser.ask('POST', '/users/password-reset/open', input)).status).toBe(200);
    expect((await browser.signIn(email, input.password)).data).toEqual({ secondFactor: 'asked' });
  });
});

it('it is turned off with the password, and signing in asks for no code any more', async () => {
  const { browser } = await protectedUser('off@example.com');
  const remove = (password?: string) => browser.ask('POST', '/users/me/second-factor/remove', { password });
  expect((await remove('not the password')).code).toBe('credentials_wrong');
  expect((await remove()).code).toBe('credentials_wrong');
  expect((await remove(PASSWORD)).status).toBe(200);
  expect((await users.browser().signIn('off@example.com')).data).toEqual({ secondFactor: 'none' });
  expect(await api.db.userTwoFactor.count({ where: { user: { email: 'off@example.com' } } })).toBe(0);
  expect((await remove(PASSWORD)).status).toBe(200);
});
