import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { sha256 } from '../../platform/hash.ts';
import { type OidcServer, type Person, startOidcServer } from '../support/oidc-server.ts';
import { useResource } from '../support/resource.ts';
import { startApi, type TestApi } from './harness.ts';
import { type Browser, PASSWORD, useUsers } from './users-harness.ts';

export const PUBLIC_URL = 'http://localhost:3000';
const CALLBACK = `${PUBLIC_URL}/api/auth/callback`;

/** An API whose users may sign in at a server of identities: as `acme`, `second` and `posting`, or `late`. */
export function useOidc() {
  const made = useResource({
    async make() {
      const clients = { acme: 'basic', second: 'basic', posting: 'post', late: 'basic' } as const;
      const server = await startOidcServer(clients, CALLBACK);
      return { server, api: await startApi({ oidcProviders: server.providers, publicUrl: PUBLIC_URL }) };
    },
    async end({ api, server }) {
      await api.close();
      await server.stop();
    },
  });
  return {
    get api(): TestApi {
      return made.api;
    },
    get server(): OidcServer {
      return made.server;
    },
    browser: () => useUsers(made.api).browser(),
    /** Invites an address, and returns the token. */
    async invite(email: string): Promise<string> {
      const token = randomBytes(24).toString('base64url');
      const { db, programId } = made.api;
      const expiresAt = new Date(Date.now() + 3_600_000);
      await db.operatorInvitation.create({
        data: {
          id: randomUUID(),
          programId,
          email,
          role: 'analyst',
          tokenHash: sha256(token),
          expiresAt,
        },
      });
      return token;
    },
    /** A browser in which somebody who registered with a password is signed in. */
    async signedIn(email: string): Promise<Browser> {
      const browser = this.browser();
      const invitation = await this.invite(email);
      await browser.ask('POST', '/users', { name: 'Ann', email, password: PASSWORD, invitation });
      const { status } = await browser.ask('POST', '/users/sign-in', { email, password: PASSWORD });
      if (status !== 200) throw new Error(`${email} is not signed in`);
      return browser;
    },
    /** Signs in at the provider as a person: the address that it sends the browser back to. */
    async atProvider(url: string, person: Person): Promise<URL> {
      made.server.become(person);
      const cookies = new Map<string, string>();
      let at = url;
      for (let hops = 0; hops < 8; hops += 1) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
        for (const line of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          cookies.set(name, value);
        }
        const location = response.headers.get('location');
        if (location === null)
          throw new Error(`the provider answers ${response.status} ${await response.text()}`);
        at = new URL(location, at).href;
        if (at.startsWith(PUBLIC_URL)) return new URL(at);
      }
      throw new Error('the provider sends the browser around');
    },
    /** Follows the browser back: where it is sent on to. */
    async back(browser: Browser, url: URL, headers: Record<string, string> = {}): Promise<string> {
      const answer = await made.api.send(url.pathname + url.search, {
        headers: { cookie: browser.cookie, 'sec-fetch-site': 'cross-site', ...headers },
      });
      browser.keepAll(answer.headers);
      return answer.headers.get('location') ?? `${answer.status} ${answer.text}`;
    },
    /** Begins in this browser, to sign in or to link: the provider's address. */
    async begin(browser: Browser, provider: string, path = '/users/sign-in/provider'): Promise<string> {
      const { data, text } = await browser.ask('POST', path, { provider });
      if (typeof data?.url !== 'string') throw new Error(text);
      return data.url;
    },
    /** The whole way. */
    async signIn(browser: Browser, provider: string, person: Person, path?: string): Promise<string> {
      return this.back(browser, await this.atProvider(await this.begin(browser, provider, path), person));
    },
  };
}

/** Six digits of an authenticator app (RFC 6238). */
export function totp(secret: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Somebody with a verified address, as the provider knows them. */
export const person = (sub: string, more: Partial<Person> = {}): Person => ({
  ...{ sub, name: 'Ann', email: `${sub}@example.com`, email_verified: true },
  ...more,
});

/** An address with another parameter; null: without it. */
export const changed = (url: URL, name: string, value: string | null): URL => {
  const copy = new URL(url);
  if (value === null) copy.searchParams.delete(name);
  else copy.searchParams.set(name, value);
  return copy;
};
