import type { CDPSession, Page } from 'playwright-core';
import { NO_BROWSER, useBrowser } from './browser.ts';

/** A new passkey, as JSON. */
export interface NewCredential {
  readonly response: { readonly attestationObject: string };
}

/** A real browser with a device in it that keeps passkeys. */
export interface Authenticator {
  /** Has a page of `origin` make a passkey. */
  create(origin: string, options: object): Promise<NewCredential>;
  /** Has one use a passkey; as JSON. */
  get(origin: string, options: object): Promise<object>;
  /** Whether the device recognizes who holds it from now on. */
  recognize(isRecognized: boolean): Promise<void>;
  /** Empties the device. */
  forget(): Promise<void>;
}

/** One Chromium with a virtual device, shared by all tests of the file; `skip` is for where there is none. */
export function useAuthenticator(): (skip: (note: string) => void) => Promise<Authenticator> {
  const browser = useBrowser(() => '127.0.0.1:1');
  let made: Promise<Authenticator> | null = null;
  return (skip) => {
    if (browser.profile === null) skip(NO_BROWSER);
    made ??= browser.tab(0).then(attach);
    return made;
  };
}

async function attach(page: Page): Promise<Authenticator> {
  // What the page is does not matter here, only its origin.
  await page.route('**/*', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>Here</title>' }),
  );
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const ask = async <T extends object>(origin: string, how: 'create' | 'get', options: object) => {
    if (!page.url().startsWith(`${origin}/`)) await page.goto(`${origin}/`);
    const parse = how === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON';
    return await page.evaluate<T>(
      `(async () => {
        const publicKey = PublicKeyCredential.${parse}(${JSON.stringify(options)});
        return (await navigator.credentials.${how}({ publicKey })).toJSON();
      })()`,
    );
  };
  return {
    create: (origin, options) => ask(origin, 'create', options),
    get: (origin, options) => ask(origin, 'get', options),
    async recognize(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    async forget() {
      await session.send('WebAuthn.clearCredentials', { authenticatorId });
    },
  };
}
