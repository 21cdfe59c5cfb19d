import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cookie, kept, params, useShop } from './shop.ts';

const shop = useShop();
const SHOP = 'https://shop.example';
const REQUIRED = 'data-consent="required"';

const stored = (page: Page) => page.evaluate<string | null>("localStorage.getItem('rref')");
const consent = (page: Page, isGiven: boolean) =>
  page.evaluate((given) => referralCapture.consent(given), isGiven);
const codeIn = async (page: Page) => (await kept(page))?.code;

describe('where consent is required', () => {
  it('nothing is stored before it, and what the page knew is kept from then on', async ({ skip }) => {
    const { profile, tab } = await shop.open(skip, { attributes: REQUIRED });
    const page = await tab();
    await page.goto(`${SHOP}/?rcode=carol`);
    expect(await params(page)).toEqual({ rcode: 'carol' });
    expect([await profile.cookies(), await stored(page)]).toEqual([[], null]);
    await consent(page, true);
    await page.goto('https://www.shop.example/later');
    expect(await codeIn(page)).toBe('carol');
  });

  it('a withdrawal deletes cookie and storage, on every host of the site', async ({ skip }) => {
    const { profile, tab } = await shop.open(skip, { attributes: REQUIRED });
    const [page, other] = [await tab(), await tab()];
    await page.goto(`${SHOP}/?rcode=carol`);
    await consent(page, true);
    await other.goto('https://www.shop.example/');
    await consent(other, false);
    expect(await cookie(profile)).toBeUndefined();
    await page.reload();
    expect(await stored(page)).toBeNull();
    await page.goto(`${SHOP}/elsewhere`);
    expect(await kept(page)).toBeNull();
  });

  it('a page may say it before capture.js has come', async ({ skip }) => {
    const { profile, tab } = await shop.open(skip, {
      attributes: REQUIRED,
      before: "(window.referralCapture = window.referralCapture || []).push(['consent', true])",
    });
    const page = await tab();
    await page.goto(`${SHOP}/?rcode=carol`);
    expect(await cookie(profile)).toBeDefined();
  });

  it('what was kept under an earlier consent counts by the rule once it is given again', async ({ skip }) => {
    const { profile, tab } = await shop.open(skip, { attributes: `${REQUIRED} data-rule="first"` });
    const page = await tab();
    await page.goto(`${SHOP}/?rcode=carol`);
    await consent(page, true);
    await profile.clearCookies({ name: 'rconsent' });
    await page.evaluate("localStorage.removeItem('rconsent')");
    await page.goto(`${SHOP}/?rcode=dave`);
    expect(await codeIn(page)).toBe('dave');
    await consent(page, true);
    expect(await codeIn(page)).toBe('carol');
  });
});

describe('a signal of the browser', () => {
  const GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })";
  const DNT = "Object.defineProperty(navigator, 'doNotTrack', { value: '1' })";

  it.for([
    ['Global Privacy Control', GPC, 'gpc'],
    ['Do Not Track', DNT, 'gpc,dnt'],
  ] as const)(
    '%s is no consent where the program respects it, until the visitor gives it',
    async ([, before, names], { skip }) => {
      const { profile, tab } = await shop.open(skip, { before, attributes: `data-respect="${names}"` });
      const page = await tab();
      await page.goto(`${SHOP}/?rcode=carol`);
      expect([await codeIn(page), await profile.cookies(), await stored(page)]).toEqual(['carol', [], null]);
      await consent(page, true);
      expect(await cookie(profile)).toBeDefined();
    },
  );

  it('is not asked for where the program does not name it', async ({ skip }) => {
    const { profile, tab } = await shop.open(skip, { before: GPC, attributes: 'data-respect="dnt"' });
    await (await tab()).goto(`${SHOP}/?rcode=carol`);
    expect(await cookie(profile)).toBeDefined();
  });
});

describe('the redirect’s own cookie', () => {
  let code: string;
  beforeAll(async () => {
    code = (await shop.api.member()).referralCode;
    await shop.api.mutate('programs.update', { visitorCookie: 'consent' });
  });

  it('is bound to the consent that capture.js keeps, where the program says so', async ({ skip }) => {
    const { profile, tab } = await shop.open(skip, { attributes: REQUIRED });
    const page = await tab();
    const visitor = () => cookie(profile, 'rv', 'https://go.shop.example/');
    await page.goto(`https://go.shop.example/r/${code}`);
    expect(await visitor()).toBeUndefined();
    await consent(page, true);
    await page.goto(`https://go.shop.example/r/${code}`);
    expect(await visitor()).toMatchObject({ httpOnly: true, secure: true });
  });
});

describe('the cookie that the server sets', () => {
  let setReferralCookie: (req: object, res: object) => unknown;
  beforeAll(async () => {
    const example = new URL('../../docs/examples/capture-endpoint.mjs', import.meta.url).href;
    ({ setReferralCookie } = await import(example));
  });
  const attributes = 'data-endpoint="/referral-capture"';

  it('is set by the route of the guide, and not by the script', async ({ skip }) => {
    const { profile, tab } = await shop.open(
      skip,
      { attributes },
      {
        '/referral-capture': ({ method, url, fetchSite }, res) =>
          void setReferralCookie({ method, url, headers: { 'sec-fetch-site': fetchSite } }, res),
      },
    );
    const page = await tab();
    const answered = page.waitForResponse('**/referral-capture?*');
    await page.goto(`${SHOP}/?rcode=carol`);
    expect((await answered).status()).toBe(204);
    expect((await cookie(profile))?.value).toBe(await stored(page));
    const forged = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } };
    const [at] = shop.visits().filter(({ method }) => method === 'POST');
    const refused = { status: 0 };
    setReferralCookie(
      { ...forged, url: at?.url ?? '' },
      {
        writeHead(status: number) {
          refused.status = status;
          return { end: () => undefined };
        },
      },
    );
    expect(refused.status).toBe(400);
  });

  it.for([
    ['the route fails', attributes],
    ['it is on another origin', 'data-endpoint="https://other.example/referral-capture"'],
  ] as const)('is set by the script where %s', async ([, named], { skip }) => {
    const { profile, tab } = await shop.open(
      skip,
      { attributes: named },
      { '/referral-capture': (_visit, res) => void res.writeHead(503).end() },
    );
    const page = await tab();
    await page.goto(`${SHOP}/?rcode=carol`);
    await expect.poll(() => cookie(profile)).toBeDefined();
    expect(shop.visits().filter(({ host }) => host === 'other.example')).toEqual([]);
  });
});
