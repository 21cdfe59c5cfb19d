import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { sendOutbound } from '../../platform/outbound.ts';
import { TtlCache } from '../cache/ttl-cache.ts';
import { ApiError } from '../http/errors.ts';

/** How long a fetched set is used; an unknown key id fetches it again, after the cooldown. */
const CACHE_MS = 600_000;
const COOLDOWN_MS = 30_000;
/** For the whole fetch. */
const TIMEOUT_MS = 5_000;
const SET_BYTES_MAX = 65_536;
const SETS_MAX = 1_000;
const SETS_TTL_MS = 3_600_000;
/** After a fetch that failed, so that nobody's tokens keep us calling an address that is down. */
const REST_MS = 5_000;

/** The keys that a program's host publishes. Throws `jwks_unavailable` while they cannot be had. */
export type KeySets = (programId: string, url: string) => JWTVerifyGetKey;

/**
 * Fetches hosts' key sets (RFC 7517) under the rules of outbound calls, and remembers one for each program
 * and address.
 */
export function createKeySets(now: () => number, allowInternal: boolean): KeySets {
  const sets = new TtlCache<JWTVerifyGetKey>(SETS_TTL_MS, SETS_MAX);
  return (programId, url) => {
    const name = `${programId} ${url}`;
    const known = sets.get(name, now());
    if (known !== undefined) return known;
    const set = keySet(url, now, allowInternal);
    sets.set(name, set, now());
    return set;
  };
}

function keySet(url: string, now: () => number, allowInternal: boolean): JWTVerifyGetKey {
  let restUntil_ms = 0;
  const fetchSet = async () => {
    if (now() < restUntil_ms) throw unavailable();
    const call = {
      method: 'GET' as const,
      url,
      headers: { accept: 'application/json, application/jwk-set+json' },
      body: '',
      timeout_ms: TIMEOUT_MS,
      body_bytes_max: SET_BYTES_MAX,
      allowInternal,
    };
    const { status, body } = await sendOutbound(call);
    return new Response(body, { status });
  };
  const ask = createRemoteJWKSet(new URL(url), {
    [customFetch]: fetchSet,
    cacheMaxAge: CACHE_MS,
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: TIMEOUT_MS,
  });
  return async (header, token) => {
    try {
      return await ask(header, token);
    } catch (error) {
      if (isOfToken(error) || error instanceof ApiError) throw error;
      restUntil_ms = now() + REST_MS;
      throw unavailable();
    }
  };
}

/** Whether the set was there, and the token is what does not fit it. */
const isOfToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;

const unavailable = () =>
  new ApiError(
    'jwks_unavailable',
    'The key set of the program cannot be fetched or read. Check the address that `tokens.configure` set.',
  );
