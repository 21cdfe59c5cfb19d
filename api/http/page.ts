import type { FastifyReply } from 'fastify';

/**
 * Answers with a page for members or operators. Its address may be all that one needs to act: it must not
 * travel on, nor may anything run that `policy` (a Content-Security-Policy) does not name. `cache`: what may
 * keep the page.
 */
export function sendPage(
  reply: FastifyReply,
  html: string,
  policy: string,
  cache: 'no-store' | 'no-cache' = 'no-store',
): FastifyReply {
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': cache,
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(html);
}
