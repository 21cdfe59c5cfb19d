import { TRPCError } from '@trpc/server';
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Services } from './context.ts';
import { recordEvent } from './events/record.ts';
import { refuseKeyInAddress } from './http/address.ts';
import { statusOf } from './http/error-codes.ts';
import { ApiError, classify } from './http/errors.ts';
import { headerOf } from './http/headers.ts';
import { report, sayWhatToDo, sendError } from './http/send-error.ts';
import { parseJson, parseUncheckedJson } from './http/text.ts';
import { appRouter } from './router.ts';
import { principalOf } from './trpc/askers.ts';
import type { Meta } from './trpc/builder.ts';

/** Every procedure that there is, so that metrics and logs never carry a caller's invention. */
const PROCEDURES: ReadonlySet<string> = new Set(Object.keys(appRouter._def.procedures));

/** Those that judge the texts of their input themselves. */
const CHECKS_TEXTS: ReadonlySet<string> = new Set(
  Object.entries(appRouter._def.procedures as unknown as Readonly<Record<string, WithMeta>>)
    .filter(([, { _def }]) => _def.meta?.checksTexts === true)
    .map(([path]) => path),
);

interface WithMeta {
  readonly _def: { readonly meta?: Meta };
}

type PathRequest = FastifyRequest<{ Params: { path: string } }>;

/**
 * Mounts the procedures under `/trpc`. One call a request: a batch would share one status and one idempotency
 * key.
 */
export function registerTrpc(app: FastifyInstance, services: Services): void {
  const { metrics } = services;
  app.all('/trpc/:path', async (req: PathRequest, res) => {
    const { path } = req.params;
    const procedure = PROCEDURES.has(path) ? path : 'unknown';
    try {
      checkRequest(req, CHECKS_TEXTS.has(path) ? parseUncheckedJson : parseJson);
    } catch (error) {
      return sendError(req, res, classify(error), metrics, procedure, error);
    }
    await fastifyRequestHandler({
      router: appRouter,
      req,
      res,
      path,
      allowBatching: false,
      createContext: () => ({ services, req, res, idempotencyKey: headerOf(req, 'idempotency-key') }),
      onError({ error }) {
        const apiError = classify(error);
        report(
          req,
          apiError.code,
          metrics,
          error instanceof TRPCError ? (error.cause ?? error) : error,
          procedure,
        );
        sayWhatToDo(res, apiError);
      },
      responseMeta({ errors }) {
        const [first] = errors;
        // The code's status, also where tRPC's own would differ, as for a database that is away.
        return first === undefined ? {} : { status: statusOf(classify(first).code) };
      },
    });
    return res;
  });
  registerRecord(app, services);
}

/** What tRPC would let through: keys in the address, batches, and texts that PostgreSQL cannot store. */
function checkRequest(req: PathRequest, parse: (text: string) => unknown): void {
  refuseKeyInAddress(req);
  const { batch, input } = req.query as Readonly<Record<string, string | string[] | undefined>>;
  if (batch !== undefined) throw new ApiError('request_invalid', 'Batching is off: send one call a request.');
  if (Array.isArray(input)) throw new ApiError('request_invalid', 'Send `input` once.');
  if (input !== undefined) parse(input);
  if (typeof req.body === 'string' && req.body !== '') parse(req.body);
}

/**
 * `events.record` again, by a shorter way: the same function behind the same address and the same form of
 * answer, without tRPC's conversion to and from fetch's Request and Response, which costs ten times what
 * storing an event does.
 */
function registerRecord(app: FastifyInstance, services: Services): void {
  const { auth, metrics } = services;
  app.post('/trpc/events.record', async (req, reply: FastifyReply) => {
    try {
      refuseKeyInAddress(req);
      if ((req.query as { readonly batch?: string }).batch !== undefined) {
        throw new ApiError('request_invalid', 'Batching is off: send one call a request.');
      }
      const principal = await principalOf({ services, req }, 'mutation');
      const programId = await auth.authorize(principal, 'events:write', headerOf(req, 'x-program-id'));
      req.programId = programId;
      const input =
        typeof req.body === 'string' && req.body !== '' ? parseUncheckedJson(req.body) : undefined;
      const data = await recordEvent(services, { principal, programId }, input);
      return reply.send({ result: { data } });
    } catch (error) {
      return sendError(req, reply, classify(error), metrics, 'events.record', error);
    }
  });
}
