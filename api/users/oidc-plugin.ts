import type { BetterAuthPlugin, OAuthProvider } from 'better-auth';
import type { Log } from '../../platform/log.ts';
import type { OidcProvider } from './deps.ts';
import { type Claims, createOidcClient, type OidcClient } from './oidc.ts';
import { address, personName } from './schema.ts';

/** Stands for an address that a provider has not verified: it is nobody's, and finds nobody. */
const UNPROVEN = 'unproven@provider.invalid';

export interface OidcPluginOptions {
  readonly providers: readonly OidcProvider[];
  readonly now: () => number;
  readonly log: Log;
  /** The address that the browser of the present call came back to. */
  readonly callbackUrl: () => URL;
}

/**
 * Providers of identities for the sign-in library, which keeps state, nonce and PKCE verifier and binds them
 * to the browser. Its own plugin asks all providers when the process starts, without a limit, and none again
 * for other metadata.
 */
export const oidcProviders = ({ providers, now, log, callbackUrl }: OidcPluginOptions): BetterAuthPlugin => ({
  id: 'oidc-providers',
  init: () => ({
    context: {
      socialProviders: providers.map((provider) => {
        const onRefusal = (reason: string) =>
          log.warn({ provider: provider.id, reason }, 'the answer of a provider of identities did not hold');
        return adapt(provider, createOidcClient(provider, now, onRefusal), callbackUrl);
      }),
    },
  }),
});

function adapt(
  { id, name }: OidcProvider,
  client: OidcClient,
  callbackUrl: () => URL,
): OAuthProvider<Claims> {
  return {
    id,
    name,
    requiresIdTokenNonce: true,
    createAuthorizationURL: ({ state, codeVerifier, redirectURI, idTokenNonce = '' }) =>
      client.authorizationUrl({ state, codeVerifier, nonce: idTokenNonce }, redirectURI),
    // The nonce is known only in the next step, which takes the code: so no token ever reaches the library.
    validateAuthorizationCode: async ({ codeVerifier }) => ({ raw: { codeVerifier } }),
    async getUserInfo({ raw, expectedIdTokenNonce = '' }) {
      const url = callbackUrl();
      const state = url.searchParams.get('state') ?? '';
      const codeVerifier = String(raw?.['codeVerifier']);
      const claims = await client.identify(url, { state, nonce: expectedIdTokenNonce, codeVerifier });
      return claims === null ? null : { data: claims, user: userOf(claims) };
    },
    accountSubject: ({ profile }) => profile.sub,
  };
}

/** What a new user begins with. */
function userOf({ email, email_verified, name }: Claims) {
  const proven = email_verified === true || email_verified === 'true' ? address.safeParse(email) : null;
  return {
    email: proven?.data ?? UNPROVEN,
    emailVerified: proven?.success === true,
    name: personName.safeParse(name).data ?? '',
  };
}
