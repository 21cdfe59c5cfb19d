import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
} from 'openid-client';
import { OutboundError, sendOutbound } from '../../platform/outbound.ts';
import { TtlCache } from '../cache/ttl-cache.ts';
import { ApiError } from '../http/errors.ts';
import type { OidcProvider } from './deps.ts';

/** For each of the calls that a sign-in takes: metadata, code, keys, claims. */
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 262_144;
/** How long a provider's metadata are used. */
const METADATA_MS = 3_600_000;
const SCOPE = 'openid email profile';

/** What a provider says of a person, its signature checked. */
export interface Claims {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** What a sign-in was begun with, for the provider to repeat or to prove. */
export interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** A provider as this deployment's client sees it (OpenID Connect Core 1.0, code flow with PKCE). */
export interface OidcClient {
  /** Where the browser goes. Throws `identity_provider_unavailable`. */
  authorizationUrl(begun: Begun, redirectUri: string): Promise<URL>;
  /**
   * Who signed in, by the address that the provider sent the browser back to. Null when its answer does not
   * hold. Throws `identity_provider_unavailable`.
   */
  identify(callbackUrl: URL, begun: Begun): Promise<Claims | null>;
}

/** Asks a provider. Metadata are fetched when they are needed, so that one that is away keeps nobody up. */
export function createOidcClient(
  provider: OidcProvider,
  now: () => number,
  onRefusal: (reason: string) => void,
): OidcClient {
  const metadata = new TtlCache<Promise<Configuration>>(METADATA_MS, 1);
  const configuration = () => {
    const known = metadata.get(provider.id, now());
    if (known !== undefined) return known;
    const asked = discover(provider);
    metadata.set(provider.id, asked, now());
    asked.catch(() => metadata.delete(provider.id));
    return asked;
  };
  return {
    async authorizationUrl({ state, nonce, codeVerifier }, redirectUri) {
      const config = await configuration().catch(() => {
        throw unavailable(provider);
      });
      return buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: SCOPE,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
    },
    async identify(callbackUrl, begun) {
      try {
        return await claimsOf(await configuration(), callbackUrl, begun);
      } catch (error) {
        if (isAway(error)) throw unavailable(provider);
        onRefusal(reasonOf(error));
        return null;
      }
    },
  };
}

async function discover({
  issuer,
  clientId,
  clientSecret,
  clientAuth,
}: OidcProvider): Promise<Configuration> {
  const isSecure = issuer.startsWith('https:');
  return await discovery(new URL(issuer), clientId, undefined, authOf(clientSecret, clientAuth), {
    [customFetch]: fetchWithLimits,
    execute: [enableNonRepudiationChecks, ...(isSecure ? [] : [allowInsecureRequests])],
  });
}

/** How the client shows its secret: as configured, else in a header, unless the provider takes no header. */
const authOf =
  (secret: string, given: OidcProvider['clientAuth']): ClientAuth =>
  (server, client, body, headers) => {
    const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isBasic = given === undefined ? taken.includes('client_secret_basic') : given === 'basic';
    const auth = isBasic ? ClientSecretBasic(secret) : ClientSecretPost(secret);
    auth(server, client, body, headers);
  };

async function claimsOf(config: Configuration, callbackUrl: URL, begun: Begun): Promise<Claims | null> {
  const tokens = await authorizationCodeGrant(config, callbackUrl, {
    pkceCodeVerifier: begun.codeVerifier,
    expectedNonce: begun.nonce,
    expectedState: begun.state,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) return null;
  // Core 5.4: with a code, the scopes' claims come from the UserInfo endpoint.
  const isEnough = 'email' in claims || config.serverMetadata().userinfo_endpoint === undefined;
  return isEnough ? claims : { ...claims, ...(await fetchUserInfo(config, tokens.access_token, claims.sub)) };
}

/** Providers are the deployment's choice and may be in its own network; their answers still have limits. */
const fetchWithLimits: CustomFetch = async (url, { method, headers, body }) => {
  const { status, body: text } = await sendOutbound({
    method: method === 'POST' ? 'POST' : 'GET',
    url,
    headers,
    body: body === undefined || body === null ? '' : String(body),
    timeout_ms: TIMEOUT_MS,
    body_bytes_max: ANSWER_BYTES_MAX,
    allowInternal: true,
  });
  if (status >= 500) throw new OutboundError('unreachable');
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
};

const isAway = (error: unknown): boolean => error instanceof Error && error.cause instanceof OutboundError;

/** A code of the protocol (`invalid_client`, say) or of its library; never a provider's sentence. */
function reasonOf(error: unknown): string {
  const { error: given, code } = (error ?? {}) as { readonly error?: unknown; readonly code?: unknown };
  const reason = typeof given === 'string' ? given : typeof code === 'string' ? code : 'unknown';
  return reason.slice(0, 100);
}

const unavailable = ({ name }: OidcProvider) =>
  new ApiError(
    'identity_provider_unavailable',
    `${name} does not answer: try again, or sign in another way.`,
  );
