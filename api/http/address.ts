import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors.ts';

/** Names under which keys and tokens are put into addresses, in small letters without dashes. */
const CREDENTIALS: readonly string[] = ['apikey', 'accesstoken', 'token', 'bearer', 'authorization'];

/**
 * Refuses a key or token in the query string, whatever else the request holds: addresses are kept in logs and
 * histories. Throws `request_invalid`.
 */
export function refuseKeyInAddress({ query }: FastifyRequest): void {
  const names = Object.keys((query ?? {}) as object);
  if (names.some((name) => CREDENTIALS.includes(name.toLowerCase().replaceAll(/[-_]/g, '')))) {
    throw new ApiError(
      'request_invalid',
      'Keys and tokens have no place in an address, which logs keep: send `Authorization: Bearer …`, and ' +
        'revoke the key that was sent so.',
    );
  }
}
