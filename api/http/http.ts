import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { newId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { type BadAddressOptions, badAddressHandler } from './bad-address.ts';
import { ApiError } from './errors.ts';
import { BODY_BYTES_MAX, classifyFastify } from './fastify-errors.ts';
import { SAFE_HEADERS } from './headers.ts';
import type { ApiMetrics } from './metrics.ts';
import { sendError } from './send-error.ts';
import { decodeUtf8 } from './text.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The program that the request turned out to be about; empty before that. */
    programId: string;
  }
}

/** An external id of 255 slashes is three times as long in an address, and has `ext_` before it. */
const PARAMETER_LENGTH_MAX = 800;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const METHOD_NAME = /^[A-Z-]{1,20}$/;
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
/** In which a whole request has to have come in, so that slow senders hold no connection for ever. */
const REQUEST_MAX_MS = 10_000;
/** How often Node looks for such requests. */
const REQUEST_LOOK_MS = 1_000;

/** A Fastify instance with the limits, the request ids, the logs and the error form that every route has. */
export function createHttp(
  log: Log,
  metrics: ApiMetrics,
  options: BadAddressOptions & { readonly proxies: readonly string[] },
): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    // Our own line says what Fastify's says, without addresses.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MAX_MS,
    // Node takes the longer of the two limits for the whole request, and its own for heads is a minute.
    http: { headersTimeout: REQUEST_MAX_MS, connectionsCheckingInterval: REQUEST_LOOK_MS },
    trustProxy: [...options.proxies],
    genReqId: requestId,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    return503OnClosing: false,
    frameworkErrors: badAddressHandler(metrics, options),
  }) as unknown as FastifyInstance;
  // A logger for each request costs more than its one line, so the lines name the request themselves.
  app.setChildLoggerFactory((logger) => logger);
  app.decorateRequest('programId', '');
  // Fastify would take a body of text for JSON.
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_req, body, done) => {
    try {
      done(null, decodeUtf8(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addHook('onRequest', (req, reply, done) => {
    reply.headers({ 'x-request-id': req.id, ...SAFE_HEADERS });
    if (METHODS.includes(req.method)) return done();
    reply.header('allow', METHODS.join(', '));
    done(
      new ApiError(
        'method_not_supported',
        `No address takes ${METHOD_NAME.exec(req.method)?.[0] ?? 'this method'}.`,
      ),
    );
  });
  app.addHook('onResponse', (req, reply, done) => {
    observe(req, reply, metrics);
    done();
  });
  app.setNotFoundHandler((req, reply) =>
    sendError(req, reply, new ApiError('not_found', 'There is nothing at this address.'), metrics, 'unknown'),
  );
  app.setErrorHandler((error, req, reply) =>
    sendError(req, reply, classifyFastify(error), metrics, req.routeOptions.url ?? 'unknown', error),
  );
  return app;
}

/**
 * A part for this process and a running number: unique, and cheaper than a UUID at tens of thousands a
 * second.
 */
const ID_PREFIX = `${newId().replaceAll('-', '').slice(0, 20)}-`;
let requests = 0;

function nextRequestId(): string {
  requests += 1;
  return ID_PREFIX + requests.toString(36);
}

/** The caller's own id when it is a decent one, so that both logs can be joined; else a new one. */
function requestId(req: {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): string {
  const header = req.headers['x-request-id'];
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : nextRequestId();
}

function observe(req: FastifyRequest, reply: FastifyReply, metrics: ApiMetrics): void {
  const route = req.routeOptions.url ?? 'unknown';
  // Tens of thousands of redirects a second are counted as clicks; a line each would cost more than the
  // redirect.
  if (route === '/r/:code' && reply.statusCode < 500) return;
  const elapsed_ms = reply.elapsedTime;
  metrics.duration_s.observe({ route, method: req.method, status: reply.statusCode }, elapsed_ms / 1_000);
  const { programId } = req;
  req.log.info(
    {
      reqId: req.id,
      method: req.method,
      route,
      procedure: procedureOf(req),
      status: reply.statusCode,
      elapsed_ms: Math.round(elapsed_ms * 100) / 100,
      ...(programId === '' ? {} : { programId }),
    },
    'answered',
  );
}

const PROCEDURE = /^[A-Za-z]{1,40}\.[A-Za-z]{1,40}$/;

/** A procedure's name when it looks like one: anything else in its place may be personal. */
function procedureOf(req: FastifyRequest): string | undefined {
  const { path } = (req.params ?? {}) as { readonly path?: string };
  return path !== undefined && PROCEDURE.test(path) ? path : undefined;
}
