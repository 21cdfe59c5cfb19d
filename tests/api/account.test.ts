import { describe, expect, it } from 'vitest';
import { ensureFirstOperator } from '../../engine/users/first-operator.ts';
import { useApi } from './harness.ts';
import { type Browser, PASSWORD, useUsers } from './users-harness.ts';

const api = useApi();
const users = useUsers(api);

describe('the first operator', () => {
  it('is made once, however many ask, and signs in with the password that was shown', async () => {
    const made = await Promise.all([1, 2, 3].map((n) => ensureFirstOperator(api.db, `${PASSWORD}${n}`)));
    const [first, ...others] = made.filter((it) => it !== null);
    expect(others).toEqual([]);
    expect(await ensureFirstOperator(api.db, PASSWORD)).toBeNull();
    const browser = users.browser();
    const answer = await browser.page('POST', '/account/sign-in', { ...first });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account']);
    expect((await browser.page('GET', '/account')).text).toContain('operator@referral.localhost');
    expect((await browser.ask('GET', '/users/me')).data).toMatchObject({ mayCreatePrograms: true });
  });
});

describe('the pages of an account', () => {
  /** Goes where a page sends the browser, to the end. */
  async function follow(browser: Browser, path: string, form: Record<string, string>) {
    let answer = await browser.page('POST', path, form);
    for (let hops = 0; answer.status === 303 && hops < 5; hops += 1) {
      answer = await browser.page('GET', answer.headers.get('location') ?? '');
    }
    return answer;
  }

  it('lead an invited person from the e-mail to the program, without a script', async () => {
    const headers = { 'x-program-id': api.programId };
    await api.mutate(
      'operators.invite',
      { email: 'ann@example.com', role: 'support' },
      { key: api.platformKey, headers },
    );
    const [mail] = await users.mails();
    const path = `/account/invitation?${new URL(mail?.url ?? '').searchParams.toString()}`;
    const browser = users.browser();
    expect((await browser.page('GET', path)).text).toContain('Make it and join');
    const short = await browser.page('POST', path, {
      name: 'Ann',
      email: 'ann@example.com',
      password: 'short',
    });
    expect([short.status, short.text.includes('at least 12 characters.')]).toEqual([400, true]);
    const joined = await follow(browser, path, { name: 'Ann', email: 'ann@example.com', password: PASSWORD });
    expect(joined.text).toContain('>Join<');
    const home = await follow(browser, path, {});
    expect(home.text).toContain(': support');
    expect((await follow(browser, '/account/sign-out', {})).text).toContain('Sign in');
    expect((await browser.page('GET', '/account')).status).toBe(303);
  });

  it('do nothing when they are only looked at, and say why they refuse', async () => {
    const browser = users.browser();
    await browser.page('POST', '/account/reset-password', { email: 'ann@example.com' });
    const token = await users.token('reset_password');
    const path = `/account/reset-password?token=${token}`;
    await browser.page('GET', path);
    const password = 'another good password';
    const answer = await follow(browser, path, { password });
    expect(answer.text).toContain('Sign in');
    const again = await browser.page('POST', path, { password });
    expect([again.status, again.text.includes('role="alert"')]).toEqual([422, true]);
    const wrong = await browser.page('POST', '/account/sign-in', {
      email: 'ann@example.com',
      password: PASSWORD,
    });
    expect([wrong.status, wrong.text.includes('is wrong')]).toEqual([401, true]);
    expect(wrong.text).not.toContain(PASSWORD);
  });

  it('take no form from elsewhere, run no script, and keep their address to themselves', async () => {
    const browser = users.browser();
    const form = { email: 'ann@example.com', password: PASSWORD };
    const answer = await browser.page('POST', '/account/sign-in', form, { 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(403);
    const page = await browser.page('GET', '/account/sign-in?invitation="><script>alert(1)</script>');
    expect(page.text).not.toContain('<script>');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*form-action 'self'/);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
  });
});
