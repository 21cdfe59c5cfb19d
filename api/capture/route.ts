import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';
import { COMPRESSION } from '../http/compression.ts';
import { headerOf } from '../http/headers.ts';

/** An hour: pages ask for it at every load, and a new version has time to spread. */
const AGE_S = 3_600;

/**
 * Serves the script that pages of a host include, at `/capture.js`. Pages of any origin may load it, and with
 * CORS they may check its hash.
 */
export function registerCapture(app: FastifyInstance): void {
  const script = readFileSync(scriptFile());
  // Weak, as it names the content whether or not it is compressed.
  const etag = `W/"${createHash('sha256').update(script).digest('hex').slice(0, 32)}"`;
  app.register(async (served) => {
    await served.register(compress, COMPRESSION);
    served.get('/capture.js', { config: { onLinkHosts: true } }, (req, reply) => {
      reply.headers({
        etag,
        'cache-control': `public, max-age=${AGE_S}`,
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
        'x-content-type-options': 'nosniff',
      });
      if (headerOf(req, 'if-none-match')?.includes(etag)) return reply.code(304).send();
      return reply.type('text/javascript; charset=utf-8').send(script);
    });
  });
}

/** Where the build puts it; this file may run from its source or from the build. */
function scriptFile(): string {
  const places = ['../../capture/capture.js', '../../dist/capture/capture.js'];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new Error('dist/capture/capture.js is missing: `npm run build` makes it');
  return found;
}
