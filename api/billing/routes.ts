import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openSource } from '../../engine/billing/source.ts';
import { UUID_PATTERN } from '../../platform/ids.ts';
import type { Services } from '../context.ts';
import { ApiError, classify } from '../http/errors.ts';
import { classifyFastify } from '../http/fastify-errors.ts';
import { sendProblem } from '../http/problem.ts';
import type { Adapter, Incoming, Verdict } from './adapter.ts';
import { httpAdapter } from './http.ts';
import { stripeAdapter } from './stripe.ts';
import { type Receipt, takeMessage } from './take.ts';

/** Stripe's largest events are invoices with hundreds of lines. */
const BODY_BYTES_MAX = 524_288;

type IncomingRequest = FastifyRequest<{ Params: { programId: string } }>;

/**
 * Where billing systems send what happened: `POST /in/<provider>/<program>`. No key: the signature over the
 * bytes of the body says who sends. An answer other than 2xx makes Stripe send the event again, for up to
 * three days.
 */
export function registerBilling(app: FastifyInstance, services: Services): void {
  // In a scope of its own: bodies are kept as bytes, since the signature is over them.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX }, (_req, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler((error, req, reply) =>
      refuse(services, req, reply, classifyFastify(error, BODY_BYTES_MAX), error),
    );
    mount(scope, services, stripeAdapter);
    mount(scope, services, httpAdapter);
  });
}

function mount<S>(scope: FastifyInstance, services: Services, adapter: Adapter<S>): void {
  scope.post(`/in/${adapter.provider}/:programId`, async (req: IncomingRequest, reply) => {
    try {
      return reply.send({ received: true, ...(await receive(services, adapter, req)) });
    } catch (error) {
      return refuse(services, req, reply, classify(error), error);
    }
  });
}

async function receive<S>(services: Services, adapter: Adapter<S>, req: IncomingRequest): Promise<Receipt> {
  const { db, settings, now } = services;
  const { programId } = req.params;
  const of = { programId, provider: adapter.provider };
  const source = UUID_PATTERN.test(programId) ? await openSource(db, of, settings.sealRing) : null;
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const incoming: Incoming = { body, headers: req.headers, now_ms: now() };
  if (source === null) throw forged();
  req.programId = programId;
  if (source.secrets.length === 0) {
    throw new ApiError(
      'secret_unreadable',
      'The secrets of the signatures cannot be opened: set them again.',
    );
  }
  checkSignature(source.secrets.map((secret) => adapter.verify(incoming, secret)));
  const lookup = { apiKey: source.apiKey, base: settings.stripeApiBase ?? null };
  const message = await adapter.translate(incoming, adapter.settings.parse(source.settings), lookup);
  return await takeMessage(services, of, message);
}

/** Throws `signature_invalid` or `event_too_old`, unless one of the secrets was good. */
function checkSignature(verdicts: readonly Verdict[]): void {
  if (verdicts.includes('good')) return;
  if (!verdicts.includes('old')) throw forged();
  throw new ApiError(
    'event_too_old',
    'The signature is more than five minutes old: send the event again, signed anew, and set the clocks ' +
      'of both servers.',
  );
}

/** The same for a program without such a source, so that nobody learns which programs there are. */
const forged = () =>
  new ApiError(
    'signature_invalid',
    'No secret of this address signed the message: give the program the secret of exactly this endpoint, ' +
      'and let nothing between change the body.',
  );

function refuse(
  { metrics, settings: { publicUrl } }: Services,
  req: FastifyRequest,
  reply: FastifyReply,
  error: ApiError,
  cause: unknown,
): FastifyReply {
  const procedure = req.routeOptions.url ?? 'unknown';
  return sendProblem(req, reply, { error, cause, procedure }, { metrics, publicUrl });
}
