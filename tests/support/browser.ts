import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../local/chromium.mjs';
import { useResource } from './resource.ts';

/** Why tests in a browser are left out on this machine. */
export const NO_BROWSER = 'no Chromium here: install it, or set CHROMIUM_PATH';

/** What a person's browser says; the redirect takes a headless one for a bot. */
const PERSON =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';

export interface TestBrowser {
  /** Null where there is no browser. */
  readonly profile: BrowserContext | null;
  /** Its tabs, by number; each is opened when it is first asked for. */
  tab(at: number): Promise<Page>;
  /** What tabs complained about since `clear`, as errors. */
  readonly complaints: string[];
  /** Forgets cookies and what the origins stored, and leaves the tabs empty. */
  clear(origins: readonly string[]): Promise<void>;
}

/**
 * One Chromium with one profile, which all tests of the file share: a new tab costs more than all that a test
 * does in it. `address` says where each https site of the tests is really served, as `host:port`; everything
 * else on the network is out of its reach.
 */
export const useBrowser = (address: () => string): TestBrowser =>
  useResource<TestBrowser & { close(): Promise<void> }>({
    async make() {
      const executablePath = findChromium();
      const browser =
        executablePath === null
          ? null
          : await chromium.launch({
              executablePath,
              args: ['--no-sandbox', `--host-resolver-rules=MAP *:443 ${address()}, MAP * ~NOTFOUND`],
            });
      const profile = (await browser?.newContext({ ignoreHTTPSErrors: true, userAgent: PERSON })) ?? null;
      return { ...tabsOf(profile), close: async () => browser?.close() };
    },
    end: (made) => made.close(),
  });

function tabsOf(profile: BrowserContext | null): TestBrowser {
  const tabs: Page[] = [];
  const complaints: string[] = [];
  return {
    profile,
    complaints,
    async tab(at) {
      const known = tabs[at];
      if (known !== undefined) return known;
      if (profile === null) throw new Error(NO_BROWSER);
      const page = await profile.newPage();
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      tabs[at] = page;
      return page;
    },
    async clear(origins) {
      await profile?.clearCookies();
      for (const page of tabs) {
        const session = await page.context().newCDPSession(page);
        for (const origin of origins) {
          await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'local_storage' });
        }
        await session.detach();
        await page.goto('about:blank');
      }
      complaints.length = 0;
    },
  };
}
