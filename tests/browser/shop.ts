import type { ServerResponse } from 'node:http';
import type { BrowserContext, Page } from 'playwright-core';
import { findChromium } from '../../local/chromium.mjs';
import { useApi } from '../api/harness.ts';
import { NO_BROWSER, useBrowser } from '../support/browser.ts';
import { useResource } from '../support/resource.ts';
import { type Sites, startSites, type Visit } from '../support/sites.ts';

const LINK_HOST = 'go.shop.example';
const ORIGINS = ['https://shop.example', 'https://www.shop.example', 'https://other.example'];
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** A page of a shop: what its script tag and its body say. */
interface ShopPage {
  readonly attributes?: string;
  readonly body?: string;
  /** A script of the host's own that runs before capture.js. */
  readonly before?: string;
  /** What the page's policy says besides. */
  readonly policy?: string;
}

/** Without a browser there is nobody to serve. */
const NO_SITES: Sites = { address: '', visits: [], close: () => undefined };

type Route = (visit: Visit, res: ServerResponse) => void;

/** What `window.referralCapture` is in a page. */
interface InPage {
  get(): { code: string; clickId: string | null; capturedAt: string } | null;
  params(): Record<string, string>;
  consent(isGiven: boolean): void;
  forget(): void;
}
declare global {
  var referralCapture: InPage;
}

/** A shop and other sites that include capture.js, in front of a real API, and a browser to visit them. */
export function useShop() {
  const api = useApi({ linkHosts: [LINK_HOST], linkUrl: `https://${LINK_HOST}` });
  let shopPage: ShopPage = {};
  let routes: Readonly<Record<string, Route>> = {};
  const answer: Route = (visit, res) => {
    const pathname = visit.url.split('?')[0] ?? '';
    const route = routes[pathname];
    if (route !== undefined) return route(visit, res);
    if (pathname === '/capture.js') return void sendScript(res, api.url);
    if (pathname === '/before.js') {
      res.setHeader('content-type', 'text/javascript').end(shopPage.before ?? '');
      return;
    }
    res
      .setHeader('content-type', 'text/html')
      .setHeader('content-security-policy', `${POLICY}; ${shopPage.policy ?? ''}`);
    res.end(htmlOf(shopPage));
  };
  const sites = useResource({
    make: () => (findChromium() === null ? NO_SITES : startSites(LINK_HOST, () => api.url, answer)),
    end: (made) => made.close(),
  });
  const browser = useBrowser(() => sites.address);

  return {
    api,
    visits: (): readonly Visit[] => sites.visits,
    /** A browser that has been nowhere yet, on sites that look so from now on. */
    async open(
      skip: (note: string) => never,
      page: ShopPage = {},
      own: Readonly<Record<string, Route>> = {},
    ) {
      const { profile, complaints } = browser;
      if (profile === null) return skip(NO_BROWSER);
      shopPage = page;
      routes = own;
      await browser.clear(ORIGINS);
      sites.visits.length = 0;
      let tabs = 0;
      return { profile, complaints, tab: () => browser.tab(tabs++) };
    },
  };
}

const htmlOf = ({ attributes = '', body = '', before }: ShopPage): string =>
  '<!doctype html><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">' +
  `${before === undefined ? '' : '<script src="/before.js"></script>'}` +
  `<script src="/capture.js" ${attributes}></script>${body}`;

async function sendScript(res: ServerResponse, apiUrl: string): Promise<void> {
  const answer = await fetch(`${apiUrl}/capture.js`);
  res.setHeader('content-type', answer.headers.get('content-type') ?? '').end(await answer.text());
}

/** What the page hands on. */
export const kept = (page: Page) => page.evaluate(() => globalThis.referralCapture.get());
export const params = (page: Page) => page.evaluate(() => globalThis.referralCapture.params());
/** The cookie's value, as a server of this site would read it. */
export const cookie = async (profile: BrowserContext, name = 'rref', url = 'https://shop.example/') =>
  (await profile.cookies(url)).find((one) => one.name === name);
