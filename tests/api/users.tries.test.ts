import { describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import { useApi } from './harness.ts';
import { type Browser, useUsers } from './users-harness.ts';

const api = useApi({ proxies: ['loopback'] });
const users = useUsers(api);

const me = (browser: Browser) => browser.ask('GET', '/users/me');

describe('tries', () => {
  it('of strangers keep an account’s owner out nowhere where they signed in before', async () => {
    const email = 'victim@example.com';
    const owner = await users.signedIn(email);
    await owner.ask('POST', '/users/sign-out');
    const answers = [];
    for (let tries = 0; tries < 11; tries += 1) {
      answers.push(await users.browser().signIn(email, 'not the password'));
    }
    const last = answers.at(-1);
    expect(answers.slice(0, 10).every(({ status }) => status === 401)).toBe(true);
    expect(last).toMatchObject({ status: 429, code: 'attempts_exceeded' });
    const wait_s = Number(last?.headers.get('retry-after'));
    expect(wait_s).toBeGreaterThan(0);
    expect(wait_s).toBeLessThanOrEqual(15 * 60);
    expect((await users.browser().signIn(email)).status).toBe(429);
    expect((await owner.signIn(email)).status).toBe(200);
    const other = await users.signedIn('not-the-victim@example.com');
    expect((await other.signIn(email)).status).toBe(429);
    await api.db.userAttempt.updateMany({ data: { expiresAt: new Date() } });
    expect((await users.browser().signIn(email)).status).toBe(200);
  });

  it('that succeed are forgotten, and those of an account that is not there count alike', async () => {
    const email = 'forgiven@example.com';
    await users.account(email);
    for (let round = 0; round < 2; round += 1) {
      for (let tries = 0; tries < 6; tries += 1) await users.browser().signIn(email, 'not the password');
      expect((await users.browser().signIn(email)).status).toBe(200);
    }
    const statuses = [];
    for (let tries = 0; tries < 6; tries += 1) {
      const mail = { email: 'absent@example.com' };
      statuses.push((await users.browser().ask('POST', '/users/password-reset', mail)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('of one address are counted whatever the account, an IPv6 network being one address', async () => {
    const ask = (n: number) =>
      users
        .browser()
        .ask(
          'POST',
          '/users/verification/open',
          { token: 'x' },
          { 'x-forwarded-for': `2001:db8:7:7::${n.toString(16)}` },
        );
    const key = { status: 429, code: 'attempts_exceeded' };
    for (let n = 0; n < 100; n += 1) expect((await ask(n + 1)).status).toBe(422);
    expect(await ask(4_096)).toMatchObject(key);
    const elsewhere = { 'x-forwarded-for': '2001:db8:7:8::1' };
    const other = await users.browser().ask('POST', '/users/verification/open', { token: 'x' }, elsewhere);
    expect(other.status).toBe(422);
    // A proxy that adds to the header: what a caller wrote there before is no other address.
    const invented = { 'x-forwarded-for': '198.51.100.7, 2001:db8:7:7::9' };
    const same = await users.browser().ask('POST', '/users/verification/open', { token: 'x' }, invented);
    expect(same).toMatchObject(key);
  });
});

describe('a member who is signed in', () => {
  it('reads what is theirs where the program lets members sign in and has one by the address', async () => {
    const { db } = api;
    const { programId, key } = await api.program();
    const member = async (externalId: string, email: string) =>
      (await api.mutate('members.upsert', { externalId, email }, { key })).data.id as string;
    const id = await member('ann', 'Member@Example.com');
    const browser = await users.signedIn('member@example.com');
    const path = `/programs/${programId}/me`;
    const barred = { status: 401, code: 'member_barred' };
    expect(await browser.ask('GET', path)).toMatchObject(barred);
    await db.tokenSettings.create({ data: { programId, origins: [], memberSignIn: true } });
    expect(await browser.ask('GET', path)).toMatchObject({ status: 200 });
    expect((await me(browser)).data.memberOf).toMatchObject([{ programId, memberId: id }]);
    const stranger = await users.signedIn('no-member@example.com');
    expect(await stranger.ask('GET', path)).toMatchObject(barred);
    expect(await browser.ask('GET', `/programs/${newId()}/me`)).toMatchObject(barred);
    expect(await browser.ask('GET', `/programs/${api.programId}/me`)).toMatchObject(barred);
    await member('ann-again', 'member@example.com');
    expect(await browser.ask('GET', path)).toMatchObject(barred);
    expect((await me(browser)).data.memberOf).toEqual([]);
  });

  it('redeems from our own pages alone', async () => {
    const { programId, key } = await api.program();
    await api.mutate('members.upsert', { externalId: 'r', email: 'redeems@example.com' }, { key });
    await api.db.tokenSettings.create({ data: { programId, origins: [], memberSignIn: true } });
    const browser = await users.signedIn('redeems@example.com');
    const redeem = (site: string) =>
      browser.ask(
        'POST',
        `/programs/${programId}/me/redemptions`,
        { method: 'account_credit', amount: { minor: '1000', unit: 'USD' } },
        { 'sec-fetch-site': site, 'idempotency-key': newId() },
      );
    expect(await redeem('cross-site')).toMatchObject({ status: 403, code: 'origin_forbidden' });
    const own = await redeem('same-origin');
    expect([own.status, own.data]).toMatchObject([200, { status: 'accepted' }]);
    expect(await api.db.event.count({ where: { id: own.data.eventId } })).toBe(1);
  });
});

it('a key with a cookie beside it is judged by the key', async () => {
  const browser = await users.signedIn('both@example.com');
  const upsert = (authorization: string) =>
    browser.ask(
      'PUT',
      '/members',
      { externalId: 'both' },
      {
        authorization,
        'sec-fetch-site': 'cross-site',
        'idempotency-key': newId(),
      },
    );
  expect((await upsert(`Bearer ${api.programKey}`)).status).toBe(200);
  expect((await upsert('Bearer rk_made_up')).code).toBe('unauthenticated');
});
