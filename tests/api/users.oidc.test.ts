import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../domain/time.ts';
import { changed, PUBLIC_URL, person, totp, useOidc } from './oidc-harness.ts';
import { PASSWORD } from './users-harness.ts';

const ACCOUNT = `${PUBLIC_URL}/account`;
const LINK = '/users/me/providers';
const refused = (code: string) => `${ACCOUNT}/sign-in?error=${code}`;

const oidc = useOidc();
const meIn = async (browser: ReturnType<typeof oidc.browser>) => (await browser.ask('GET', '/users/me')).data;

/** Somebody invited who has signed in at the provider once. */
async function known(sub: string) {
  await oidc.invite(`${sub}@example.com`);
  const browser = oidc.browser();
  expect(await oidc.signIn(browser, 'acme', person(sub))).toBe(ACCOUNT);
  return { browser, me: await meIn(browser) };
}

describe('who registers through a provider', () => {
  it('lists the providers that are configured, and refuses others', async () => {
    const { data } = await oidc.browser().ask('GET', '/users/providers');
    expect(data.items[0]).toEqual({ id: 'acme', name: 'Provider acme' });
    const other = await oidc.browser().ask('POST', '/users/sign-in/provider', { provider: 'other' });
    expect([other.status, other.code]).toEqual([404, 'not_found']);
    expect((await oidc.api.send('/api/auth/callback/other?code=a&state=b', {})).status).toBe(404);
  });

  it('registers whom an operator invited, by the verified address', async () => {
    const { me } = await known('invited');
    expect(me).toMatchObject({
      ...{ name: 'Ann', email: 'invited@example.com', hasPassword: false },
      providers: [{ provider: 'acme', subject: 'invited' }],
    });
  });

  it('registers a member of a program that lets members sign in', async () => {
    const { db, programId } = oidc.api;
    const { id } = await oidc.api.member();
    await db.member.update({
      where: { programId_id: { programId, id } },
      data: { email: 'Member@example.com' },
    });
    const browser = oidc.browser();
    expect(await oidc.signIn(browser, 'acme', person('member'))).toBe(refused('registration_closed'));
    await db.tokenSettings.upsert({
      where: { programId },
      create: { programId, memberSignIn: true },
      update: { memberSignIn: true },
    });
    expect(await oidc.signIn(browser, 'acme', person('member'))).toBe(ACCOUNT);
    expect((await meIn(browser)).memberOf).toMatchObject([{ memberId: id }]);
  });

  it('registers nobody whom nobody knows, nor by an address that the provider has not verified', async () => {
    await oidc.invite('unverified@example.com');
    const before = await oidc.api.counts();
    const browser = oidc.browser();
    expect(await oidc.signIn(browser, 'acme', person('stranger'))).toBe(refused('registration_closed'));
    const unverified = person('unverified', { email_verified: false });
    expect(await oidc.signIn(browser, 'acme', unverified)).toBe(refused('email_unverified'));
    expect(await oidc.signIn(browser, 'acme', { sub: 'unverified' })).toBe(refused('email_unverified'));
    const after = await oidc.api.counts();
    for (const table of ['users', 'user_accounts', 'user_sessions']) expect(after[table]).toBe(before[table]);
  });
});

describe('whom a provider finds', () => {
  it('finds a user by the subject, whatever address the provider has by now', async () => {
    const { me } = await known('moved');
    for (const change of [{ email: 'other@example.com' }, { email_verified: false }, { email: 'none' }]) {
      const browser = oidc.browser();
      expect(await oidc.signIn(browser, 'acme', person('moved', change))).toBe(ACCOUNT);
      expect(await meIn(browser)).toEqual(me);
    }
  });

  it('opens no account by its address, of which it tells only whose address was verified', async () => {
    const owner = await oidc.signedIn('owned@example.com');
    const thief = person('thief', { email: 'owned@example.com' });
    const browser = oidc.browser();
    expect(await oidc.signIn(browser, 'acme', thief)).toBe(refused('account_exists'));
    const unverified = { ...thief, email_verified: false };
    expect(await oidc.signIn(browser, 'acme', unverified)).toBe(refused('email_unverified'));
    expect(await meIn(browser)).toMatchObject({ code: 'unauthenticated' });
    expect((await meIn(owner)).providers).toEqual([]);
  });

  it('is told its secret in the way that it asks for', async () => {
    await oidc.invite('post@example.com');
    expect(await oidc.signIn(oidc.browser(), 'posting', person('post'))).toBe(ACCOUNT);
  });

  it('leaves no token of the provider in the database', async () => {
    await known('tokens');
    const rows = JSON.stringify([
      await oidc.api.db.userAccount.findMany(),
      await oidc.api.db.userVerification.findMany(),
      await oidc.api.db.userSession.findMany(),
    ]);
    expect(oidc.server.tokens.length).toBeGreaterThan(1);
    expect(oidc.server.tokens.filter((token) => rows.includes(token))).toEqual([]);
  });

  it('does not spare a user the second factor', async () => {
    const { browser, me } = await known('careful');
    const { data } = await browser.ask('POST', '/users/me/second-factor', {});
    const code = totp(new URL(data.uri).searchParams.get('secret') ?? '');
    expect((await browser.ask('POST', '/users/me/second-factor/confirm', { code })).status).toBe(200);
    const other = oidc.browser();
    expect(await oidc.signIn(other, 'acme', person('careful'))).toBe(`${ACCOUNT}/sign-in?secondFactor=asked`);
    expect(await meIn(other)).toMatchObject({ code: 'unauthenticated' });
    const [backup] = data.backupCodes;
    await other.ask('POST', '/users/sign-in/second-factor', { code: backup });
    expect(await meIn(other)).toMatchObject({ id: me.id });
  });
});

describe('linking', () => {
  it('lets a provider that a user linked sign them in, with another address too', async () => {
    const browser = await oidc.signedIn('linker@example.com');
    const elsewhere = person('linked', { email: 'elsewhere@example.com' });
    expect(await oidc.signIn(browser, 'acme', elsewhere, LINK)).toBe(ACCOUNT);
    const other = oidc.browser();
    expect(await oidc.signIn(other, 'acme', elsewhere)).toBe(ACCOUNT);
    expect(await meIn(other)).toMatchObject({
      ...{ email: 'linker@example.com', hasPassword: true },
      providers: [{ provider: 'acme', subject: 'linked' }],
    });
  });

  it('links an account at a provider to one user alone', async () => {
    const { me } = await known('taken');
    const browser = await oidc.signedIn('taker@example.com');
    expect(await oidc.signIn(browser, 'acme', person('taken'), LINK)).toBe(`${ACCOUNT}?error=identity_taken`);
    expect((await meIn(browser)).providers).toEqual([]);
    const other = oidc.browser();
    await oidc.signIn(other, 'acme', person('taken'));
    expect(await meIn(other)).toMatchObject({ id: me.id });
  });

  it('links nothing once the session that asked for it has ended', async () => {
    const browser = await oidc.signedIn('ended@example.com');
    const url = await oidc.atProvider(await oidc.begin(browser, 'acme', LINK), person('late-linked'));
    await browser.ask('DELETE', '/users/me/sessions');
    expect(await oidc.back(browser, url)).toBe(`${ACCOUNT}?error=unauthenticated`);
    expect(await oidc.api.db.userAccount.count({ where: { accountId: 'late-linked' } })).toBe(0);
  });

  it('keeps the last way to sign in, of two that go at the same moment too', async () => {
    const { browser } = await known('leaver');
    const unlink = (provider: string) => browser.ask('DELETE', `${LINK}/${provider}`);
    expect((await unlink('acme')).code).toBe('stage_forbids');
    expect((await unlink('second')).code).toBe('not_found');
    expect(await oidc.signIn(browser, 'second', person('leaver'), LINK)).toBe(ACCOUNT);
    const answers = await Promise.all([unlink('acme'), unlink('second')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await meIn(browser)).providers).toHaveLength(1);
  });

  it('asks for a sign-in of the last day before it links or unlinks', async () => {
    const { browser, me } = await known('stale');
    const createdAt = new Date(Date.now() - 25 * HOUR_MS);
    await oidc.api.db.userSession.updateMany({ where: { userId: me.id }, data: { createdAt } });
    expect((await browser.ask('POST', LINK, { provider: 'second' })).code).toBe('session_stale');
    expect((await browser.ask('DELETE', `${LINK}/acme`)).code).toBe('session_stale');
  });
});

describe('an answer of a provider', () => {
  /** The address to which the provider sends a browser that has begun. */
  async function begun(sub: string, provider = 'acme') {
    await oidc.invite(`${sub}@example.com`);
    const browser = oidc.browser();
    const url = await oidc.atProvider(await oidc.begin(browser, provider), person(sub));
    return { browser, url };
  }

  it('signs in once, in the browser that began, and with the state that it was given', async () => {
    const { browser, url } = await begun('once');
    expect(await oidc.back(oidc.browser(), url)).toBe(refused('sign_in_expired'));
    expect(await oidc.back(browser, changed(url, 'state', 'forged'))).toBe(refused('sign_in_expired'));
    expect(await oidc.back(browser, changed(url, 'state', null))).toBe(refused('sign_in_expired'));
    expect(await oidc.back(browser, url)).toBe(ACCOUNT);
    expect(await oidc.back(browser, url)).toBe(refused('sign_in_expired'));
    expect(await oidc.back(oidc.browser(), url)).toBe(refused('sign_in_expired'));
  });

  it.each([
    ['a code of another browser’s sign-in, whose PKCE verifier it lacks', 'code', 'of another'],
    ['a code that nobody gave', 'code', 'forged'],
    ['another issuer', 'iss', 'https://evil.example'],
    ['no issuer, from a provider that always names itself', 'iss', null],
    ['an error in place of a code', 'error', 'access_denied'],
  ])('does not hold with %s', async (title, name, value) => {
    const { browser, url } = await begun(`forger-${name}-${title.length}`);
    const other = value === 'of another' ? (await begun('victim')).url.searchParams.get('code') : value;
    expect(await oidc.back(browser, changed(url, name, other))).toBe(refused('identity_refused'));
    expect(await meIn(browser)).toMatchObject({ code: 'unauthenticated' });
  });

  it('does not hold with the nonce of another sign-in', async () => {
    await oidc.invite('nonce@example.com');
    const browser = oidc.browser();
    const begunUrl = changed(new URL(await oidc.begin(browser, 'acme')), 'nonce', 'of-another-sign-in');
    const url = await oidc.atProvider(begunUrl.href, person('nonce'));
    expect(await oidc.back(browser, url)).toBe(refused('identity_refused'));
  });

  it('leads to our own address alone, whatever host the requests name', async () => {
    await oidc.invite('host@example.com');
    const browser = oidc.browser();
    const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const { data } = await browser.ask('POST', '/users/sign-in/provider', { provider: 'acme' }, evil);
    expect(new URL(data.url).searchParams.get('redirect_uri')).toBe(`${PUBLIC_URL}/api/auth/callback/acme`);
    const url = await oidc.atProvider(data.url, person('host'));
    url.searchParams.set('callbackURL', 'https://evil.example');
    expect(await oidc.back(browser, url, evil)).toBe(ACCOUNT);
  });
});

describe('a provider that is away', () => {
  it('is named in a refusal, keeps no other way shut, and serves again once it is back', async () => {
    const { server } = oidc;
    await oidc.invite('back@example.com');
    const owner = await oidc.signedIn('passworded@example.com');
    const halfWay = oidc.browser();
    const url = await oidc.atProvider(await oidc.begin(halfWay, 'acme'), person('back'));
    await server.stop();
    try {
      const { status, code } = await halfWay.ask('POST', '/users/sign-in/provider', { provider: 'late' });
      expect([status, code]).toEqual([503, 'identity_provider_unavailable']);
      expect((await owner.ask('POST', LINK, { provider: 'late' })).code).toBe(
        'identity_provider_unavailable',
      );
      expect(await oidc.back(halfWay, url)).toBe(refused('identity_provider_unavailable'));
      const account = { email: 'passworded@example.com', password: PASSWORD };
      expect((await oidc.browser().ask('POST', '/users/sign-in', account)).status).toBe(200);
    } finally {
      await server.start();
    }
    expect(await oidc.signIn(halfWay, 'acme', person('back'))).toBe(ACCOUNT);
    expect(await oidc.signIn(owner, 'late', person('back-late'), LINK)).toBe(ACCOUNT);
  });
});
