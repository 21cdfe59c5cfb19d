import { ok, type Result, refuse } from '../refusal.ts';

/** How long a member token may be good for, in seconds. */
export const TOKEN_TTL_S = { min: 60, usual: 900, max: 3_600 } as const;

/** How far the host's clock may be ahead of ours or behind it, in seconds. */
export const CLOCK_SKEW_S = 60;

/** A longer token is refused unread: those that anybody signs have a few hundred characters. */
export const TOKEN_LENGTH_MAX = 4_096;

/** Secrets of a program that are good at the same time. */
export const SECRETS_MAX = 5;

/** Web pages, by their origins, that a program may name. */
export const ORIGINS_MAX = 20;

/** As members' ids are: printable, of one line. */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u;

/** What a member token says. */
export interface TokenClaims {
  /** Whom it is about: our id of the member in a token of ours, else the host's. */
  readonly subject: string;
  readonly mayRedeem: boolean;
}

/**
 * Judges the claims of a token whose signature, audience and times are checked already (RFC 7519). Refuses
 * with `token_invalid` what no member token says.
 */
export function judgeClaims(claims: Readonly<Record<string, unknown>>): Result<TokenClaims, 'token_invalid'> {
  const { sub, iat, exp, redeem } = claims;
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) {
    return refuse('token_invalid', "The claim `sub` must be the member's id: 1 to 255 printable characters.");
  }
  if (typeof iat !== 'number' || typeof exp !== 'number' || !(exp > iat && exp - iat <= TOKEN_TTL_S.max)) {
    return refuse(
      'token_invalid',
      `The claim \`exp\` must lie after \`iat\`, by ${TOKEN_TTL_S.max} seconds at the most.`,
    );
  }
  if (redeem !== undefined && typeof redeem !== 'boolean') {
    return refuse('token_invalid', 'The claim `redeem` must be true or false.');
  }
  return ok({ subject: sub, mayRedeem: redeem === true });
}

/** Hosts whose pages may come without TLS: those of a developer's own machine. */
const LOCAL_HOSTS: readonly string[] = ['localhost', '127.0.0.1'];

/**
 * Returns whether a text is the origin of a web page exactly as browsers send it (RFC 6454): scheme, host,
 * and a port that is not the usual one; https, or http on the developer's machine.
 */
export function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  // A star is a valid host of an address, but matches no page.
  if (origin !== text || hostname.includes('*')) return false;
  return protocol === 'https:' || (protocol === 'http:' && LOCAL_HOSTS.includes(hostname));
}
