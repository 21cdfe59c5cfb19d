import type { FastifyRequest } from 'fastify';
import { ApiError } from '../http/errors.ts';
import { headerOf } from '../http/headers.ts';

/**
 * Sees to it that a change which the browser's cookies vouch for was asked for by a page of ours, as the
 * browser says (Fetch Metadata): any page may send a request with those cookies. `unlessNone`: a caller that
 * sends no such header, and so is no browser of today, may go on. Throws `origin_forbidden`.
 */
export function requireOwnPage(req: FastifyRequest, { unlessNone = false } = {}): void {
  const site = headerOf(req, 'sec-fetch-site');
  if (site === 'same-origin' || (unlessNone && site === undefined)) return;
  throw new ApiError(
    'origin_forbidden',
    'Signed in by cookie, changes are taken from pages of this server alone: `Sec-Fetch-Site: same-origin`.',
  );
}
