import compress from '@fastify/compress';
import Fastify, { type FastifyInstance } from 'fastify';
import { COMPRESSION } from '../http/compression.ts';
import { openApiDocument } from './document.ts';

const DOCUMENT_PATH = '/openapi.json';
const PAGE_PATH = '/docs/api';

/**
 * Serves the OpenAPI document at `/openapi.json` and its reference page at `/docs/api`, where each operation
 * can be tried against this engine. The page loads nothing from anywhere else, and its policy holds it to
 * that.
 */
export function registerReference(app: FastifyInstance, publicUrl: string): void {
  const document = once(() => JSON.stringify(openApiDocument(publicUrl)));
  const script = once(readScript);
  app.register(async (page) => {
    await page.register(compress, COMPRESSION);
    page.addHook('onRequest', async (_req, reply) => {
      reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' });
    });
    page.get(DOCUMENT_PATH, (_req, reply) => reply.type('application/json; charset=utf-8').send(document()));
    page.get(PAGE_PATH, (_req, reply) =>
      reply
        .headers({ 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' })
        .type('text/html; charset=utf-8')
        .send(HTML),
    );
    page.get(`${PAGE_PATH}/start.js`, (_req, reply) => reply.type(JAVASCRIPT).send(START));
    page.get(`${PAGE_PATH}/scalar.js`, async (_req, reply) => reply.type(JAVASCRIPT).send(await script()));
  });
}

const JAVASCRIPT = 'text/javascript; charset=utf-8';

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>Referral engine API</title>
<link rel="icon" href="data:,">
</head>
<body>
<div id="reference"></div>
<script src="${PAGE_PATH}/scalar.js"></script>
<script src="${PAGE_PATH}/start.js"></script>
</body>
</html>
`;

const START = `Scalar.createApiReference('#reference', ${JSON.stringify({
  url: DOCUMENT_PATH,
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
})});\n`;

/** Calls go to this engine alone. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // The page writes its styles as it runs.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Four megabytes of the page's program. Its package serves it and does not export it. */
async function readScript(): Promise<string> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const host = Fastify();
  try {
    await host.register(scalar, { routePrefix: '/', configuration: { url: DOCUMENT_PATH } });
    const { statusCode, body } = await host.inject('/js/scalar.js');
    if (statusCode !== 200) throw new Error(`the reference page has no program: ${statusCode}`);
    return body;
  } finally {
    await host.close();
  }
}

function once<T>(make: () => T): () => T {
  let memo: { readonly value: T } | undefined;
  return () => {
    memo ??= { value: make() };
    return memo.value;
  };
}
