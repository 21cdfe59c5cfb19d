import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cookie, kept, params, useShop } from './shop.ts';

const shop = useShop();
const SHOP = 'https://shop.example';
/** Codes of two members, whose links lead to the shop. */
let ada: string;
let bob: string;

beforeAll(async () => {
  ada = (await shop.api.member()).referralCode;
  bob = (await shop.api.member()).referralCode;
});

/** Follows a member's link as a visitor does; returns the address that it led to. */
async function follow(page: Page, code: string): Promise<string> {
  await page.goto(`https://go.shop.example/r/${code}`);
  return page.url();
}
const codeIn = async (page: Page) => (await kept(page))?.code;

describe('a click', () => {
  it('reaches the form of another page and host of the site, and another tab, without a complaint', async ({
    skip,
  }) => {
    const body = '<form method="post" action="/signup"><input name="email"><button>Go</button></form>';
    const { profile, tab, complaints } = await shop.open(skip, { body });
    const page = await tab();
    const clickId = new URL(await follow(page, ada)).searchParams.get('rclk');
    expect(await kept(page)).toMatchObject({ code: ada, clickId });
    expect(await cookie(profile)).toMatchObject({ domain: '.shop.example', secure: true, sameSite: 'Lax' });
    await page.goto('https://www.shop.example/elsewhere');
    await page.reload();
    expect(await params(page)).toEqual({ rcode: ada, rclk: clickId });
    const other = await tab();
    await other.goto(`${SHOP}/`);
    await other.click('button');
    await other.waitForURL('**/signup');
    const posted = shop.visits().find(({ method }) => method === 'POST');
    expect(Object.fromEntries(new URLSearchParams(posted?.body))).toEqual({
      email: '',
      rcode: ada,
      rclk: clickId,
    });
    expect(complaints).toEqual([]);
  });

  it('stays on its own site', async ({ skip }) => {
    const { profile, tab } = await shop.open(skip);
    const page = await tab();
    await follow(page, ada);
    await page.goto('https://other.example/');
    expect(await kept(page)).toBeNull();
    expect(await cookie(profile, 'rref', 'https://other.example/')).toBeUndefined();
  });

  it('is read from the names that a program chooses, and from them alone', async ({ skip }) => {
    const { tab } = await shop.open(skip, { attributes: 'defer data-names="ref, via"' });
    const page = await tab();
    await page.goto(`${SHOP}/?code=carol`);
    expect(await kept(page)).toBeNull();
    await page.goto(`${SHOP}/?via=Carol`);
    expect(await kept(page)).toMatchObject({ code: 'carol', clickId: null });
  });

  it('is told to the page once, as an event', async ({ skip }) => {
    const before = "addEventListener('referral:captured', (e) => (window.told ||= []).push(e.detail.code))";
    const { tab } = await shop.open(skip, { before: before.replace('addEvent', 'document.addEvent') });
    const page = await tab();
    await follow(page, ada);
    expect(await page.evaluate('told')).toEqual([ada]);
    await page.reload();
    expect(await page.evaluate('window.told')).toBeUndefined();
  });

  it('is kept where the host cleans the address before capture.js has come', async ({ skip }) => {
    const { tab } = await shop.open(skip, { before: "history.replaceState(null, '', '/clean')" });
    const page = await tab();
    expect(await follow(page, ada)).toBe(`${SHOP}/clean`);
    expect(await codeIn(page)).toBe(ada);
  });
});

describe.each([
  ['with the Navigation API', ''],
  ['without it', "Object.defineProperty(window, 'navigation', { value: undefined });"],
])('navigation within the page, %s', (_with, before) => {
  it('keeps what was there, sees what comes, and leaves the host its own patches', async ({ skip }) => {
    const patch =
      'const push = history.pushState; window.pushes = 0;' +
      'history.pushState = function (...all) { window.pushes += 1; push.apply(this, all); };';
    const { tab, complaints } = await shop.open(skip, { before: before + patch });
    const page = await tab();
    await page.goto(`${SHOP}/`);
    const landing = new URL(await follow(await tab(), bob));
    await page.evaluate(() => referralCapture.forget());
    await page.evaluate(`history.pushState(null, '', '/in${landing.search}')`);
    expect(await codeIn(page)).toBe(bob);
    await page.evaluate("history.pushState(null, '', '/on?rcode=some-code')");
    await page.evaluate('history.back()');
    await page.waitForURL(`**/in${landing.search}`);
    expect(await codeIn(page)).toBe(bob);
    expect(await page.evaluate('pushes')).toBe(2);
    expect(complaints).toEqual([]);
  });
});

describe('of several clicks', () => {
  it('the last one counts, whatever address is reloaded, gone back to or opened again', async ({ skip }) => {
    const { tab } = await shop.open(skip, { attributes: 'data-names="ref"' });
    const page = await tab();
    const landing = await follow(page, ada);
    const other = await tab();
    await follow(other, bob);
    await page.reload();
    expect(await codeIn(page)).toBe(bob);
    await page.goto(landing);
    expect(await codeIn(page)).toBe(bob);
    await other.goto(`${SHOP}/?ref=carol`);
    expect(await codeIn(page)).toBe('carol');
    await follow(other, ada);
    const { code } = (await kept(other)) ?? {};
    // Within the hour the redirect gives the first click's id again, as it counts once.
    expect(code).toBe('carol');
  });

  it('a code without a click id counts when somebody comes with it, not when it stands there', async ({
    skip,
  }) => {
    const link = '<a href="/inner?ref=carol">on</a>';
    const { tab } = await shop.open(skip, { attributes: 'data-names="ref"', body: link });
    const [page, other] = [await tab(), await tab()];
    await page.goto(`${SHOP}/?ref=carol`);
    await page.click('a');
    await page.waitForURL('**/inner?ref=carol');
    await other.goto(`${SHOP}/?ref=dave`);
    await page.reload();
    expect(await codeIn(page)).toBe('dave');
    await page.goBack();
    expect(await codeIn(page)).toBe('dave');
    await page.click('a');
    await page.waitForURL('**/inner?ref=carol');
    expect(await codeIn(page)).toBe('dave');
  });

  it('the first one counts where the program says so', async ({ skip }) => {
    const { tab } = await shop.open(skip, { attributes: 'data-rule="first"' });
    const page = await tab();
    await follow(page, ada);
    await follow(page, bob);
    expect(await codeIn(page)).toBe(ada);
  });
});

describe('where the browser refuses', () => {
  const NO_STORAGE =
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } });";
  const NO_COOKIE = "Object.defineProperty(document, 'cookie', { get: () => '', set() {} });";
  it.for([
    ['storage, the cookie keeps it', NO_STORAGE],
    ['cookies, storage keeps it', NO_COOKIE],
  ] as const)('%s', async ([, before], { skip }) => {
    const { tab } = await shop.open(skip, { before });
    const page = await tab();
    await follow(page, ada);
    await page.goto(`${SHOP}/elsewhere`);
    expect(await codeIn(page)).toBe(ada);
  });

  it('both, the page knows it until it is left, and nothing is thrown', async ({ skip }) => {
    const { profile, tab, complaints } = await shop.open(skip, { policy: 'sandbox allow-scripts' });
    const page = await tab();
    await follow(page, ada);
    expect(await params(page)).toMatchObject({ rcode: ada });
    await page.evaluate("history.pushState(null, '', location.pathname)");
    expect(await codeIn(page)).toBe(ada);
    expect(await cookie(profile)).toBeUndefined();
    await page.goto(`${SHOP}/elsewhere`);
    expect(await kept(page)).toBeNull();
    expect(complaints).toEqual([]);
  });
});
