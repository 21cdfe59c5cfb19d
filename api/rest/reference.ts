import { createHash } from 'node:crypto';
import compress from '@fastify/compress';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import { COMPRESSION } from './compression.ts';
import { openApiDocument } from './document.ts';

const DOCUMENT_PATH = '/openapi.json';

/**
 * Serves the OpenAPI document at `/openapi.json` and its reference page at `/docs/api/`, where each operation
 * can be tried against this engine. The page loads nothing from anywhere else, and its policy holds it to that.
 */
export function registerReference(app: FastifyInstance, publicUrl: string): void {
  app.register(async (page) => {
    await page.register(compress, COMPRESSION);
    let text: string | undefined;
    page.get(DOCUMENT_PATH, (_req, reply) => {
      text ??= JSON.stringify(openApiDocument(publicUrl));
      return reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').send(text);
    });
    page.addHook('onSend', async (_req, reply, payload) => {
      if (
        typeof payload === 'string' &&
        reply.getHeader('content-type')?.toString().startsWith('text/html')
      ) {
        reply.header('content-security-policy', policyOf(payload));
      }
      reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
      return payload;
    });
    await page.register(scalar, {
      routePrefix: '/docs/api',
      configuration: {
        url: DOCUMENT_PATH,
        pageTitle: 'Referral engine API',
        withDefaultFonts: false,
        telemetry: false,
        agent: { disabled: true },
        showDeveloperTools: 'never',
        hideClientButton: true,
      },
    });
  });
}

/** Allows the page's own inline script, which is named by its hash, and calls to this engine alone. */
function policyOf(html: string): string {
  const scripts = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src 'self' ${scripts.join(' ')}`,
    // The page writes its styles as it runs.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
