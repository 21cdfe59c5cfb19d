import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { type Browser, PASSWORD, useUsers } from './users-harness.ts';

/** As in production: by https, and by invitation. */
const PUBLIC_URL = 'https://engine.example/base';
const api = useApi({ publicUrl: PUBLIC_URL, proxies: ['loopback'] });
const users = useUsers(api);

const me = (browser: Browser) => browser.ask('GET', '/users/me');

/** What a database dump would give away. */
async function stored(): Promise<string> {
  const { db } = api;
  const rows = [
    await db.userSession.findMany(),
    await db.userVerification.findMany(),
    await db.userEmail.findMany(),
    await db.userAttempt.findMany(),
  ];
  return JSON.stringify(rows);
}

describe('registering by invitation', () => {
  const invite = async (email: string, more: { expiresAt?: Date; revokedAt?: Date } = {}) => {
    const [id, token] = [newId(), `invitation-${newId()}`];
    const data = { programId: api.programId, id, email, role: 'analyst' as const, ...more };
    const expiresAt = more.expiresAt ?? new Date(Date.now() + 60_000);
    await api.db.operatorInvitation.create({
      data: { ...data, tokenHash: sha256(token), expiresAt },
    });
    return token;
  };
  const register = (email: string, invitation?: string) =>
    users.browser().ask('POST', '/users', { name: 'Ann', email, password: PASSWORD, invitation });

  it('takes an open invitation of this address, which proves it, and nothing else', async () => {
    const good = await invite('ann@example.com');
    const refused = [
      await register('ann@example.com'),
      await register('ann@example.com', 'made up'),
      await register('ben@example.com', good),
      await register('late@example.com', await invite('late@example.com', { expiresAt: new Date() })),
      await register('off@example.com', await invite('off@example.com', { revokedAt: new Date() })),
    ];
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 403, code: 'registration_closed' });
    }
    expect((await register('Ann@Example.com', good)).data).toEqual({ mailed: true });
    expect(await users.mails()).toEqual([]);
    const browser = users.browser();
    expect((await browser.signIn('ann@example.com')).status).toBe(200);
    expect((await me(browser)).data).toMatchObject({ email: 'ann@example.com', operates: [] });
  });

  it('hears the same where the address has an account, which stays as it was', async () => {
    await users.account('has@example.com', { hasPassword: false });
    expect((await register('has@example.com', await invite('has@example.com'))).data).toEqual({
      mailed: true,
    });
    expect((await users.mails()).map(({ kind }) => kind)).toEqual(['already_registered']);
    expect((await users.browser().signIn('has@example.com')).status).toBe(401);
  });

  it('a link that signs in makes no account of somebody whom nobody knows', async () => {
    await users.browser().ask('POST', '/users/sign-in-link', { email: 'stranger@example.com' });
    const token = await users.token('sign_in');
    const answer = await users.browser().ask('POST', '/users/sign-in-link/open', { token });
    expect(answer).toMatchObject({ status: 422, code: 'link_unusable' });
    expect(await api.db.user.count({ where: { email: 'stranger@example.com' } })).toBe(0);
  });
});

describe('a session', () => {
  it('is a cookie for this host and https alone, which no script reads and no other site sends', async () => {
    await users.account('cookie@example.com');
    const browser = users.browser();
    const answer = await browser.signIn('cookie@example.com');
    const lines = answer.headers.getSetCookie();
    expect(lines.length).toBe(2);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-referral\.(session_token|device)=[^;]+;/);
      const attributes = line.split('; ').slice(1);
      expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']));
      expect(line).not.toMatch(/domain/i);
    }
  });

  it('is known by its token, and its browser by its address, of which the database has hashes', async () => {
    const browser = await users.signedIn('hashed@example.com');
    await browser.ask('POST', '/users/sign-in-link', { email: 'hashed@example.com' });
    await browser.ask('POST', '/users/password-reset', { email: 'hashed@example.com' });
    await browser.ask('DELETE', '/users/me');
    const all = await stored();
    const cookie = decodeURIComponent(browser.cookie.split('session_token=')[1] ?? '').split('.')[0] ?? '';
    expect(cookie).toMatch(/^\w{32}$/);
    expect(all).toContain(createHash('sha256').update(cookie).digest('hex'));
    const mails = await users.mails();
    const tokens = mails.map(({ url }) => new URL(url).searchParams.get('token') ?? '');
    expect(tokens).toHaveLength(3);
    for (const secret of [cookie, browser.address, ...tokens]) expect(all).not.toContain(secret);
  });

  it('is in no answer, and a list names the user’s sessions alone', async () => {
    const browser = await users.signedIn('list@example.com');
    const other = users.browser();
    await other.signIn('list@example.com');
    await users.signedIn('stranger-to-list@example.com');
    const list = await browser.ask('GET', '/users/me/sessions');
    expect(list.data.items.map(({ isThis }: { isThis: boolean }) => isThis)).toEqual([false, true]);
    const cookies = [browser.cookie, other.cookie].map((line) => decodeURIComponent(line));
    const token = cookies.map((line) => line.split('session_token=')[1]?.split('.')[0] ?? '');
    const texts = [list.text, (await me(browser)).text, (await other.signIn('list@example.com')).text];
    for (const text of texts) for (const secret of token) expect(text).not.toContain(secret);
  });

  it('ends when its user ends it or all, and not when somebody else asks', async () => {
    const browser = await users.signedIn('ends@example.com');
    const other = users.browser();
    await other.signIn('ends@example.com');
    const stranger = await users.signedIn('stranger@ends.example');
    const { data } = await browser.ask('GET', '/users/me/sessions');
    const { id } = data.items.find(({ isThis }: { isThis: boolean }) => !isThis);
    const end = (by: Browser, which: string) => by.ask('DELETE', `/users/me/sessions/${which}`);
    const [theirs, nobodys] = [await end(stranger, id), await end(stranger, newId())];
    expect([theirs.status, theirs.code, theirs.message]).toEqual([404, 'not_found', nobodys.message]);
    expect((await me(other)).status).toBe(200);
    expect((await end(browser, id)).status).toBe(200);
    expect((await me(other)).status).toBe(401);
    await other.signIn('ends@example.com');
    expect((await browser.ask('DELETE', '/users/me/sessions')).status).toBe(200);
    expect([(await me(browser)).status, (await me(other)).status]).toEqual([401, 401]);
    expect((await me(stranger)).status).toBe(200);
  });

  it('ends by signing out, at the change of a password elsewhere, and when its time is over', async () => {
    const browser = await users.signedIn('change@example.com');
    const other = users.browser();
    await other.signIn('change@example.com');
    const change = { current: PASSWORD, password: 'a donkey and its hay' };
    const wrong = await browser.ask('PUT', '/users/me/password', { ...change, current: 'not the password' });
    expect(wrong).toMatchObject({ status: 401, code: 'credentials_wrong' });
    expect((await browser.ask('PUT', '/users/me/password', change)).status).toBe(200);
    expect([(await me(browser)).status, (await me(other)).status]).toEqual([200, 401]);
    const copy = browser.cookie;
    await browser.ask('POST', '/users/sign-out');
    expect((await other.ask('GET', '/users/me', undefined, { cookie: copy })).status).toBe(401);
    await browser.signIn('change@example.com', change.password);
    await api.db.userSession.updateMany({ data: { expiresAt: new Date() } });
    expect((await me(browser)).status).toBe(401);
  });

  it('is none for a user whose address is not verified, and none for a cookie that was made up', async () => {
    const browser = await users.signedIn('unverified@example.com');
    await api.db.user.updateMany({
      where: { email: 'unverified@example.com' },
      data: { emailVerified: false },
    });
    expect((await me(browser)).status).toBe(401);
    for (const value of ['', 'x', '%', '%00.x', `${'a'.repeat(32)}.${'b'.repeat(43)}%3D`]) {
      const cookie = `__Host-referral.session_token=${value}`;
      const answer = await users.browser().ask('GET', '/users/me', undefined, { cookie });
      expect([value, answer.status]).toEqual([value, 401]);
    }
  });

  it('keeps so much of what a browser calls itself, and no more', async () => {
    await users.account('agent@example.com');
    const browser = users.browser();
    const credentials = { email: 'agent@example.com', password: PASSWORD };
    const agent = `Br\u00f6wser/${'9'.repeat(4_000)}`;
    const answer = await browser.ask('POST', '/users/sign-in', credentials, { 'user-agent': agent });
    expect(answer.status).toBe(200);
    const { data } = await browser.ask('GET', '/users/me/sessions');
    expect(data.items[0].browser).toHaveLength(255);
  });
});

describe('other sites', () => {
  it('change nothing with a user’s cookies, and sign nobody in', async () => {
    const browser = await users.signedIn('sites@example.com');
    for (const site of ['cross-site', 'same-site', 'none']) {
      const headers = { 'sec-fetch-site': site };
      const refused = { status: 403, code: 'origin_forbidden' };
      expect(await browser.ask('PATCH', '/users/me', { name: 'Eve' }, headers)).toMatchObject(refused);
      const credentials = { email: 'sites@example.com', password: PASSWORD };
      const signIn = await users.browser().ask('POST', '/users/sign-in', credentials, headers);
      expect(signIn).toMatchObject(refused);
      expect(signIn.headers.getSetCookie()).toEqual([]);
    }
    const bare = await api.send('/api/v1/users/me', {
      method: 'PATCH',
      headers: { cookie: browser.cookie, 'content-type': 'application/json' },
      body: '{"name":"Eve"}',
    });
    expect(bare.status).toBe(403);
    expect((await me(browser)).data.name).toBe('Ann');
    expect((await browser.ask('PATCH', '/users/me', { name: 'Anna' })).status).toBe(200);
    expect((await me(browser)).data.name).toBe('Anna');
  });

  it('a link leads to the public address, whatever host a request names', async () => {
    await users.account('host@example.com');
    for (const path of ['sign-in-link', 'password-reset']) {
      const body = { email: 'host@example.com' };
      const forged = {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        origin: 'https://evil.example',
      };
      expect((await users.browser().ask('POST', `/users/${path}`, body, forged)).status).toBe(200);
    }
    const mails = await users.mails();
    expect(mails.map(({ url }) => url.split('?')[0])).toEqual([
      `${PUBLIC_URL}/account/sign-in`,
      `${PUBLIC_URL}/account/reset-password`,
    ]);
  });
});
