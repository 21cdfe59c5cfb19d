import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { findChromium } from '../../local/chromium.mjs';
import { useResource } from './resource.ts';

/** Why tests in a browser are left out on this machine. */
export const NO_BROWSER = 'no Chromium here: install it, or set CHROMIUM_PATH';

/** What a person's browser says; the redirect takes a headless one for a bot. */
const PERSON =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';

export interface TestBrowser {
  /** A profile of its own: no cookie, no storage. Rejects where there is no browser. */
  profile(): Promise<BrowserContext>;
  readonly browser: Browser | null;
}

/**
 * One Chromium that all tests of the file share. `address` says where each https site of the tests is really
 * served, as `host:port`; everything else on the network is out of its reach.
 */
export const useBrowser = (address: () => string): TestBrowser =>
  useResource<TestBrowser>({
    async make() {
      const executablePath = findChromium();
      const browser =
        executablePath === null
          ? null
          : await chromium.launch({
              executablePath,
              args: ['--no-sandbox', `--host-resolver-rules=MAP *:443 ${address()}, MAP * ~NOTFOUND`],
            });
      return {
        browser,
        async profile() {
          if (browser === null) throw new Error(NO_BROWSER);
          return browser.newContext({ ignoreHTTPSErrors: true, userAgent: PERSON });
        },
      };
    },
    end: ({ browser }) => browser?.close(),
  });
