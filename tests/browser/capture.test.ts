import { beforeAll, describe, expect, it } from 'vitest';
import { cookie, kept, params, useShop } from './shop.ts';

const shop = useShop();
const FORM =
  '<form id="own" method="post" action="/signup"><input name="email" value="bob"><button>Go</button></form>';
let code: string;

beforeAll(async () => {
  code = (await shop.api.member()).referralCode;
});

describe('capture.js', () => {
  it('hands what the redirect said to a form that is sent by POST, and complains about nothing', async ({
    skip,
  }) => {
    const { profile, tab, complaints } = await shop.open(skip, { body: FORM });
    const page = await tab();
    await page.goto(`https://go.shop.example/r/${code}`);
    const clickId = new URL(page.url()).searchParams.get('rclk');
    expect(await kept(page)).toMatchObject({ code, clickId });
    await page.goto('https://www.shop.example/elsewhere');
    expect(await params(page)).toEqual({ rcode: code, rclk: clickId });
    expect(await cookie(profile)).toMatchObject({ domain: '.shop.example', secure: true, sameSite: 'Lax' });
    await page.click('button');
    await page.waitForURL('**/signup');
    const posted = shop.visits().find(({ method }) => method === 'POST');
    expect(new URLSearchParams(posted?.body).get('rcode')).toBe(code);
    expect(complaints).toEqual([]);
  });
});
