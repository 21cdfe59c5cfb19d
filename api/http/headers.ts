import type { FastifyRequest } from 'fastify';

/** One header's text; a header sent twice counts as not sent. */
export function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Of every answer that does not say otherwise: nobody guesses what it is, and nobody keeps it. */
export const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
