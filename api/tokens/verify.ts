import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import {
  CLOCK_SKEW_S,
  judgeClaims,
  TOKEN_LENGTH_MAX,
  TOKEN_TTL_S,
  type TokenClaims,
} from '../../domain/tokens/token.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import { ApiError, unwrap } from '../http/errors.ts';
import type { KeySets } from './jwks.ts';
import { OWN_KEY_ID } from './mint.ts';
import type { TokenRuleCache, TokenRules } from './rules.ts';

const SECRET_ALGORITHM = 'HS256';
/** Those of a key set; a secret's are never among them, or a public key would pass for a secret. */
const PUBLIC_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const CLAIMS = ['sub', 'aud', 'iat', 'exp'];

/** What a good token says, and whose ids it speaks of: ours, or the host's. */
export interface VerifiedToken extends TokenClaims {
  readonly isOwn: boolean;
}

interface Verifier {
  readonly rules: TokenRuleCache;
  readonly keySets: KeySets;
  readonly now: () => number;
}

/**
 * Checks a member token for one program: signature, audience, times, claims (RFC 7519, RFC 8725). Throws
 * `token_invalid`, `token_expired`, `token_foreign`, `jwks_unavailable` or `secret_unreadable`.
 */
export async function verifyToken(
  { rules: cache, keySets, now }: Verifier,
  token: string,
  programId: string,
): Promise<VerifiedToken> {
  const { header, claims } = readUnverified(token);
  // Before any key is looked up: whatever signed it, it is for somebody else.
  if (![claims.aud].flat().includes(programId) || !UUID_PATTERN.test(programId)) throw foreign();
  const rules = await cache.get(programId);
  if (rules === null) throw foreign();
  const isSecret = header.alg === SECRET_ALGORITHM;
  const keys = isSecret ? secretsFor(header.kid, rules) : [setFor(header.alg, programId, rules, keySets)];
  const options = {
    algorithms: isSecret ? [SECRET_ALGORITHM] : PUBLIC_ALGORITHMS,
    audience: programId,
    requiredClaims: CLAIMS,
    maxTokenAge: TOKEN_TTL_S.max,
    clockTolerance: CLOCK_SKEW_S,
    currentDate: new Date(now()),
  };
  const payload = await verifyWithAny(token, keys, options);
  return { ...unwrap(judgeClaims(payload)), isOwn: isSecret && header.kid === OWN_KEY_ID };
}

interface TokenHeader {
  readonly alg: string;
  readonly kid: string | undefined;
}

/** What a token says of itself, to find the key that it must be checked with. */
function readUnverified(token: string): { readonly header: TokenHeader; readonly claims: JWTPayload } {
  if (token.length > TOKEN_LENGTH_MAX) {
    throw invalid(
      `A token has ${TOKEN_LENGTH_MAX} characters at the most: leave out claims that we do not read.`,
    );
  }
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    const isText = (value: unknown) => value === undefined || typeof value === 'string';
    if (typeof alg !== 'string' || !isText(kid)) throw unreadable();
    return { header: { alg, kid }, claims: decodeJwt(token) };
  } catch {
    throw unreadable();
  }
}

type Key = Uint8Array | JWTVerifyGetKey;

/** The secrets that may have signed a token: the one that it names, else each of the host's. */
function secretsFor(kid: string | undefined, { ownKey, secrets }: TokenRules): Uint8Array[] {
  if (kid === OWN_KEY_ID) return [ownKey];
  const named = secrets.filter(({ id }) => kid === undefined || id === kid);
  if (named.length === 0) {
    throw invalid('The secret that the header names in `kid` is not one of this program, or was revoked.');
  }
  const keys = named.flatMap(({ key }) => (key === null ? [] : [key]));
  if (keys.length === 0)
    throw new ApiError('secret_unreadable', 'The secret cannot be opened: make another.');
  return keys;
}

function setFor(alg: string, programId: string, { jwksUrl }: TokenRules, keySets: KeySets): JWTVerifyGetKey {
  if (!PUBLIC_ALGORITHMS.includes(alg)) {
    throw invalid(`Sign tokens with ${SECRET_ALGORITHM} or with one of ${PUBLIC_ALGORITHMS.join(', ')}.`);
  }
  if (jwksUrl === null) {
    throw invalid('This program has no key set: sign with one of its secrets, or set `jwksUrl`.');
  }
  return keySets(programId, jwksUrl);
}

/** The claims of a token that one of these keys has signed. */
async function verifyWithAny(
  token: string,
  keys: readonly Key[],
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> {
  for (const key of keys) {
    try {
      // Its two forms take a key, or a function that finds one.
      const verified =
        typeof key === 'function' ? jwtVerify(token, key, options) : jwtVerify(token, key, options);
      return (await verified).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusalOf(error);
    }
  }
  throw invalid('The signature of the token is not that of a key of this program.');
}

/** Why a token does not pass. Whatever else the library throws, a plain TypeError too, the token is bad. */
function refusalOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof errors.JWTExpired) {
    return new ApiError('token_expired', 'The time of this member token is over: get another.');
  }
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error);
  if (error instanceof errors.JWKSNoMatchingKey) {
    return invalid("The program's key set has no key that fits `alg` and `kid` of the token's header.");
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return invalid("Several keys of the program's set fit the token: name one by `kid` in its header.");
  }
  return unreadable();
}

function claimRefusal({ claim, reason }: errors.JWTClaimValidationFailed): ApiError {
  if (claim === 'aud' && reason === 'check_failed') return foreign();
  if (reason === 'missing') return invalid(`The token lacks the claim \`${claim}\`.`);
  if (claim === 'iat' || claim === 'nbf') {
    return invalid(`The token is not good yet, by its claim \`${claim}\`: compare the clocks.`);
  }
  return invalid(`The claim \`${claim}\` of the token is not valid.`);
}

const invalid = (message: string) => new ApiError('token_invalid', message);
const unreadable = () => invalid('This is no signed JWT (JWS Compact Serialization).');
const foreign = () =>
  new ApiError(
    'token_foreign',
    'The token is for another program: its claim `aud` must be the id that the request has as `programId`.',
  );
