import { fail } from '../http/errors.ts';

const URL_LENGTH_MAX = 2_048;
const LOCAL = new Set(['localhost', '127.0.0.1']);

/**
 * A destination's canonical address when it may be redirected to, else null: https on a host of the list
 * (`*.example.com` stands for every host below example.com), or http on localhost during development.
 */
export function checkDestination(
  raw: string,
  allowedHosts: readonly string[],
  isDevelopment: boolean,
): string | null {
  if (raw.length > URL_LENGTH_MAX || !URL.canParse(raw)) return null;
  const url = new URL(raw);
  if (url.username !== '' || url.password !== '') return null;
  if (url.protocol !== 'https:' && !(isDevelopment && url.protocol === 'http:' && LOCAL.has(url.hostname))) {
    return null;
  }
  return allowedHosts.some((host) => covers(host, url.hostname)) ? url.href : null;
}

function covers(pattern: string, hostname: string): boolean {
  return pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;
}

/** The canonical form of a destination that the program allows; throws `destination_forbidden`. */
export function allowedDestination(
  raw: string,
  allowedHosts: readonly string[],
  isDevelopment: boolean,
): string {
  const destination = checkDestination(raw, allowedHosts, isDevelopment);
  if (destination !== null) return destination;
  throw fail(
    'destination_forbidden',
    'A destination is an https address on one of the program’s allowed hosts.',
  );
}
