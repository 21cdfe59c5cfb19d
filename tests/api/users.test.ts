import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { deriveSecrets } from '../../platform/seal.ts';
import { TEST_BADGES } from '../support/seed.ts';
import { type Answer, useApi } from './harness.ts';
import { outwardOf, PASSWORD, useUsers } from './users-harness.ts';

const api = useApi({ openRegistration: true, proxies: ['loopback'] });
const users = useUsers(api);
const OTHER_PASSWORD = 'a donkey and its hay';

const register = (email: string, more: object = {}) =>
  users.browser().ask('POST', '/users', { name: 'Ann', email, password: PASSWORD, ...more });

/** A token as the links in e-mails have them, signed with any secret. */
const signed = (claims: object, secret: string, expires: string) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));

const open = (token: string, browser = users.browser()) =>
  browser.ask('POST', '/users/verification/open', { token });

describe('registering', () => {
  it('an account opens nothing until its address is verified, and then signs in', async () => {
    const browser = users.browser();
    const answer = await register('new@example.com');
    expect([answer.status, answer.data]).toEqual([200, { mailed: true }]);
    expect(browser.cookieNames).toEqual([]);
    expect(await browser.signIn('new@example.com')).toMatchObject({ status: 403, code: 'email_unverified' });
    expect(await browser.signIn('new@example.com', OTHER_PASSWORD)).toMatchObject({
      status: 401,
      code: 'credentials_wrong',
    });
    const token = await users.token('verify_email');
    expect(await open(token)).toMatchObject({ status: 200, data: { done: true } });
    expect((await browser.signIn('new@example.com')).data).toEqual({ secondFactor: 'none' });
    const { data } = await browser.ask('GET', '/users/me');
    expect(data).toMatchObject({ name: 'Ann', email: 'new@example.com', hasPassword: true });
  });

  it('whoever asks hears the same, whether or not an address has an account', async () => {
    await users.account('known@example.com');
    await users.account('waiting@example.com', { isVerified: false });
    const ways: [path: string, more?: object][] = [
      ['/users', { name: 'Eve', password: PASSWORD }],
      ['/users/sign-in-link'],
      ['/users/verification'],
      ['/users/password-reset'],
    ];
    for (const [path, more] of ways) {
      const answers: Answer[] = [];
      for (const who of ['known', 'waiting', `nobody-${path.length}`]) {
        const input = { email: `${who}@example.com`, ...more };
        answers.push(await users.browser().ask('POST', path, input));
      }
      const [first, ...others] = answers.map(outwardOf);
      expect(first?.status).toBe(200);
      for (const other of others) expect(other).toEqual(first);
    }
    await users.mails();
    const wrong = [
      await users.browser().signIn('known@example.com', OTHER_PASSWORD),
      await users.browser().signIn('nobody@example.com', OTHER_PASSWORD),
    ].map(({ text, ...answer }) => outwardOf({ ...answer, text: text.replace(/"requestId":"[^"]*"/, '') }));
    expect(wrong[0]).toEqual(wrong[1]);
  });

  it('whoever registers with another’s address changes nothing, and its owner hears of it', async () => {
    await users.account('own@example.com');
    await register('OWN@example.com', { password: OTHER_PASSWORD });
    expect((await users.mails()).map(({ kind, to }) => [kind, to])).toEqual([
      ['already_registered', 'own@example.com'],
    ]);
    expect((await users.browser().signIn('own@example.com', OTHER_PASSWORD)).status).toBe(401);
    expect((await users.browser().signIn('Own@Example.com')).status).toBe(200);
  });

  it('all who register with one address at once hear the same, and there is one account', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => register('twice@example.com')));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(await api.db.user.count({ where: { email: 'twice@example.com' } })).toBe(1);
    await users.mails();
  });

  it('more people register at once than there are connections to the database', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => register(`crowd-${n}@example.com`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await users.mails()).toHaveLength(12);
  });
});

describe('verifying an address', () => {
  const secret = deriveSecrets(TEST_BADGES.ring, 'sign-in')[0]?.value ?? '';

  it('a link that is forged, or whose time is over, verifies nothing', async () => {
    const email = 'forged@example.com';
    const userId = await users.account(email, { isVerified: false });
    const claims = { email, userId };
    const forged = [
      'no token',
      await signed(claims, `${secret}x`, '1h'),
      await signed(claims, secret, '-1s'),
      await signed({ ...claims, userId: '01a228e2-0cfa-7fb1-96f5-23b34df7a974' }, secret, '1h'),
      await signed({ ...claims, email: 'nobody@example.com' }, secret, '1h'),
      new UnsecuredJWT(claims).setExpirationTime('1h').encode(),
    ];
    for (const token of forged) {
      expect(await open(token)).toMatchObject({ status: 422, code: 'link_unusable' });
    }
    expect((await users.browser().signIn(email)).code).toBe('email_unverified');
    expect((await open(await signed(claims, secret, '1h'))).status).toBe(200);
  });

  it('somebody who is signed in asks for another address as anyone does', async () => {
    const browser = await users.signedIn('inside@example.com');
    for (const email of ['inside@example.com', 'waiting@example.com', 'nobody@example.com']) {
      expect(await browser.ask('POST', '/users/verification', { email })).toMatchObject({ status: 200 });
    }
    expect((await users.mails()).map(({ to }) => to)).toEqual(['waiting@example.com']);
  });
});

describe('a password that is forgotten', () => {
  it('is replaced once by the link, which signs the account out everywhere', async () => {
    const browser = await users.signedIn('reset@example.com');
    await users.browser().ask('POST', '/users/password-reset', { email: 'reset@example.com' });
    const token = await users.token('reset_password');
    const reset = (password: string) =>
      users.browser().ask('POST', '/users/password-reset/open', { token, password });
    expect(await reset('too short')).toMatchObject({ status: 400, code: 'input_invalid' });
    const both = await Promise.all([reset(OTHER_PASSWORD), reset(OTHER_PASSWORD)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect(await reset(PASSWORD)).toMatchObject({ status: 422, code: 'link_unusable' });
    expect((await browser.ask('GET', '/users/me')).status).toBe(401);
    expect((await users.browser().signIn('reset@example.com')).code).toBe('credentials_wrong');
    expect((await users.browser().signIn('reset@example.com', OTHER_PASSWORD)).status).toBe(200);
  });

  it('is not replaced by a link whose time is over', async () => {
    await users.account('late@example.com');
    await users.browser().ask('POST', '/users/password-reset', { email: 'late@example.com' });
    const token = await users.token('reset_password');
    await api.db.userVerification.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } });
    const input = { token, password: OTHER_PASSWORD };
    expect(await users.browser().ask('POST', '/users/password-reset/open', input)).toMatchObject({
      status: 422,
      code: 'link_unusable',
    });
  });
});

describe('a link that signs in', () => {
  const ask = (email: string) => users.browser().ask('POST', '/users/sign-in-link', { email });
  const use = (token: string, browser = users.browser()) =>
    browser.ask('POST', '/users/sign-in-link/open', { token });

  it('signs in once, also when it is opened twice at once', async () => {
    await users.account('link@example.com');
    await ask('Link@example.com');
    const token = await users.token('sign_in');
    const browsers = [users.browser(), users.browser()];
    const answers = await Promise.all(browsers.map((browser) => use(token, browser)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    const me = await Promise.all(browsers.map((browser) => browser.ask('GET', '/users/me')));
    expect(me.map(({ status }) => status)).toEqual(answers.map(({ status }) => (status === 200 ? 200 : 401)));
    expect(await use(token)).toMatchObject({ status: 422, code: 'link_unusable' });
    expect(await use('made up')).toMatchObject({ status: 422, code: 'link_unusable' });
  });

  it('is good for ten minutes', async () => {
    await users.account('minutes@example.com');
    await ask('minutes@example.com');
    const token = await users.token('sign_in');
    const row = await api.db.userVerification.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
    const rest_ms = row.expiresAt.getTime() - Date.now();
    expect(rest_ms).toBeGreaterThan(9 * 60_000);
    expect(rest_ms).toBeLessThanOrEqual(10 * 60_000);
    await api.db.userVerification.update({ where: { id: row.id }, data: { expiresAt: new Date() } });
    expect(await use(token)).toMatchObject({ status: 422, code: 'link_unusable' });
  });

  it('makes the account of somebody new, with the address verified', async () => {
    await ask('fresh@example.com');
    const browser = users.browser();
    expect((await use(await users.token('sign_in'), browser)).status).toBe(200);
    const { data } = await browser.ask('GET', '/users/me');
    expect(data).toMatchObject({ email: 'fresh@example.com', hasPassword: false });
  });

  it('takes from an account what somebody set up before its address was verified', async () => {
    await register('taken@example.com', { password: OTHER_PASSWORD });
    await users.mails();
    await ask('taken@example.com');
    expect((await use(await users.token('sign_in'))).status).toBe(200);
    expect((await users.browser().signIn('taken@example.com', OTHER_PASSWORD)).status).toBe(401);
  });
});
