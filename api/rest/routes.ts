import { randomUUID } from 'node:crypto';
import compress from '@fastify/compress';
import { callTRPCProcedure } from '@trpc/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/auth.ts';
import type { Services } from '../context.ts';
import { ApiError, classify } from '../http/errors.ts';
import { classifyFastify } from '../http/fastify-errors.ts';
import { headerOf } from '../http/headers.ts';
import { sendProblem } from '../http/problem.ts';
import { appRouter } from '../router.ts';
import { COMPRESSION } from './compression.ts';
import { inputReader, type ReadInput } from './input.ts';
import { type Method, OPERATIONS, type Operation, REST_PREFIX } from './operations.ts';
import { type RateLimit, WINDOW_MS } from './rate-limit.ts';

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Mounts every operation under `/api/v1`: the same procedures as tRPC's, as HTTP has it. */
export function registerRest(app: FastifyInstance, services: Services): void {
  const paths = new Set(OPERATIONS.map(({ path }) => path));
  app.register(
    async (rest) => {
      await rest.register(compress, COMPRESSION);
      rest.setErrorHandler((error, req, reply) =>
        problem(req, reply, services, classifyFastify(error), error),
      );
      for (const path of paths) {
        const operations = OPERATIONS.filter((operation) => operation.path === path);
        const url = path.replace(/\{(\w+)\}/g, ':$1');
        for (const operation of operations) mount(rest, services, url, operation);
        refuseOthers(rest, services, url, operations);
      }
      rest.setNotFoundHandler((req, reply) =>
        problem(req, reply, services, new ApiError('not_found', 'There is nothing at this address.')),
      );
    },
    { prefix: REST_PREFIX },
  );
}

function mount(rest: FastifyInstance, services: Services, url: string, operation: Operation): void {
  const read = inputReader(operation);
  rest.route({
    method: operation.method,
    url,
    handler: async (req, reply) => {
      try {
        return reply.send(await call(services, operation, read, req, reply));
      } catch (error) {
        return problem(req, reply, services, classify(error), error, operation.procedure);
      }
    },
  });
}

async function call(
  services: Services,
  operation: Operation,
  read: ReadInput,
  req: FastifyRequest,
  res: FastifyReply,
): Promise<unknown> {
  const principal = await services.auth.authenticate(headerOf(req, 'authorization'));
  await countRequest(services.rateLimit, principal, res);
  const input = read(req);
  const ctx = { services, req, res, idempotencyKey: idempotencyKeyOf(req, operation), principal };
  return await callTRPCProcedure({
    router: appRouter,
    path: operation.procedure,
    type: operation.isChange ? 'mutation' : 'query',
    getRawInput: async () => input,
    ctx,
    input,
    signal: undefined,
    batchIndex: 0,
  });
}

/**
 * Counts the request against the limit of its key, and says how that stands
 * (draft-ietf-httpapi-ratelimit-headers-10). Throws `rate_limited`.
 */
async function countRequest(rateLimit: RateLimit, { keyId }: Principal, res: FastifyReply): Promise<void> {
  const allowance = await rateLimit.take(keyId);
  if (allowance === null) return;
  const { isAllowed, limit, left, reset_s } = allowance;
  res.header('ratelimit-policy', `"key";q=${limit};w=${WINDOW_MS / 1_000}`);
  res.header('ratelimit', `"key";r=${left};t=${reset_s}`);
  if (isAllowed) return;
  res.header('retry-after', String(reset_s));
  throw new ApiError('rate_limited', `This key may make ${limit} requests a minute: go on in ${reset_s} s.`);
}

/** The caller's key, in quotes as the draft has it or as bare text; a new one where none is needed. */
function idempotencyKeyOf(req: FastifyRequest, { isChange, needsKey }: Operation): string | undefined {
  const header = headerOf(req, 'idempotency-key');
  if (header !== undefined) return /^"(.*)"$/.exec(header.trim())?.[1] ?? header;
  return isChange && !needsKey ? randomUUID() : undefined;
}

function refuseOthers(
  rest: FastifyInstance,
  services: Services,
  url: string,
  operations: readonly Operation[],
): void {
  const allowed = operations.map(({ method }) => method);
  const others = METHODS.filter((method) => !allowed.includes(method));
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', ');
  rest.route({
    method: others,
    url,
    // Before the body is read: whatever it holds, the method is what is wrong.
    onRequest: (req, reply) => {
      const error = new ApiError('method_not_supported', `This address takes ${allow}.`);
      void problem(req, reply.header('allow', allow), services, error);
    },
    handler: (_req, reply) => reply,
  });
}

function problem(
  req: FastifyRequest,
  reply: FastifyReply,
  { metrics, settings: { publicUrl } }: Services,
  error: ApiError,
  cause?: unknown,
  procedure = 'unknown',
): FastifyReply {
  return sendProblem(req, reply, { error, cause, procedure }, { metrics, publicUrl });
}
