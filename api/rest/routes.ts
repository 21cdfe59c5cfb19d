import { randomUUID } from 'node:crypto';
import compress from '@fastify/compress';
import { callTRPCProcedure } from '@trpc/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RequestContext, Services } from '../context.ts';
import { refuseKeyInAddress } from '../http/address.ts';
import { COMPRESSION } from '../http/compression.ts';
import { ApiError, classify } from '../http/errors.ts';
import { classifyFastify } from '../http/fastify-errors.ts';
import { headerOf } from '../http/headers.ts';
import { sendProblem } from '../http/problem.ts';
import { appRouter } from '../router.ts';
import { appliedPreference, inputReader, type ReadInput } from './input.ts';
import { registerMemberCors } from './member-cors.ts';
import { MEMBER_PREFIX, type Method, OPERATIONS, type Operation, REST_PREFIX } from './operations.ts';
import { type RateLimit, WINDOW_MS } from './rate-limit.ts';

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Mounts every operation under `/api/v1`: the same procedures as tRPC's, as HTTP has it. */
export function registerRest(app: FastifyInstance, services: Services): void {
  app.register(
    async (rest) => {
      await rest.register(compress, COMPRESSION);
      rest.setErrorHandler((error, req, reply) =>
        problem(req, reply, services, classifyFastify(error), error),
      );
      mountAll(rest, services, false);
      await rest.register(
        async (members) => {
          await registerMemberCors(members, services.memberAuth);
          // Whoever uses the browser next must not find the last member's answers in it.
          members.addHook('onRequest', async (_req, reply) => void reply.header('cache-control', 'no-store'));
          mountAll(members, services, true);
        },
        { prefix: urlOf(MEMBER_PREFIX) },
      );
      rest.setNotFoundHandler((req, reply) =>
        problem(req, reply, services, new ApiError('not_found', 'There is nothing at this address.')),
      );
    },
    { prefix: REST_PREFIX },
  );
}

const urlOf = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

/** Mounts the operations for members, below their prefix, or all others. */
function mountAll(rest: FastifyInstance, services: Services, isForMembers: boolean): void {
  const mounted = OPERATIONS.filter((operation) => operation.isForMembers === isForMembers);
  for (const path of new Set(mounted.map((operation) => operation.path))) {
    const operations = mounted.filter((operation) => operation.path === path);
    const url = urlOf(isForMembers ? path.slice(MEMBER_PREFIX.length) : path);
    for (const operation of operations) mount(rest, services, url, operation);
    refuseOthers(rest, services, url, methodsAt(path, mounted));
  }
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
  refuseKeyInAddress(req);
  const who = await askerOf(services, operation, req, res);
  const input = read(req);
  const ctx = { services, req, res, idempotencyKey: idempotencyKeyOf(req, operation), ...who };
  const answer: unknown = await callTRPCProcedure({
    router: appRouter,
    path: operation.procedure,
    type: operation.isChange ? 'mutation' : 'query',
    getRawInput: async () => input,
    ctx,
    input,
    signal: undefined,
    batchIndex: 0,
  });
  const applied = appliedPreference(req, input);
  if (applied !== undefined) res.header('preference-applied', applied);
  return answer;
}

/** Whoever asks, by what this operation takes: a member by a token, or a key. Counted against their limit. */
async function askerOf(
  services: Services,
  { isForMembers }: Operation,
  req: FastifyRequest,
  res: FastifyReply,
): Promise<Pick<RequestContext, 'principal' | 'caller'>> {
  const authorization = headerOf(req, 'authorization');
  if (isForMembers) {
    const { programId = '' } = req.params as { readonly programId?: string };
    const caller = await services.memberAuth.authenticate(authorization, programId);
    await countRequest(services.memberRateLimit, 'member', caller.member.id, res);
    return { caller };
  }
  const principal = await services.auth.authenticate(authorization);
  await countRequest(services.rateLimit, 'key', principal.keyId, res);
  return { principal };
}

/**
 * Counts the request against the limit of a key or a member, and says how that stands
 * (draft-ietf-httpapi-ratelimit-headers-10). Throws `rate_limited`.
 */
async function countRequest(
  rateLimit: RateLimit,
  noun: 'key' | 'member',
  id: string,
  res: FastifyReply,
): Promise<void> {
  const allowance = await rateLimit.take(id);
  if (allowance === null) return;
  const { isAllowed, limit, left, reset_s } = allowance;
  res.header('ratelimit-policy', `"${noun}";q=${limit};w=${WINDOW_MS / 1_000}`);
  res.header('ratelimit', `"${noun}";r=${left};t=${reset_s}`);
  if (isAllowed) return;
  res.header('retry-after', String(reset_s));
  throw new ApiError(
    'rate_limited',
    `This ${noun} may make ${limit} requests a minute: go on in ${reset_s} s.`,
  );
}

/** The caller's key, in quotes as the draft has it or as bare text; a new one where none is needed. */
function idempotencyKeyOf(req: FastifyRequest, { isChange, key }: Operation): string | undefined {
  const header = headerOf(req, 'idempotency-key');
  if (header !== undefined) return /^"(.*)"$/.exec(header.trim())?.[1] ?? header;
  return isChange && key !== 'required' ? randomUUID() : undefined;
}

/**
 * The methods that an address takes, those of a pattern that it fits too: `/billing/stripe` takes what
 * `/billing/{provider}` does.
 */
function methodsAt(path: string, operations: readonly Operation[]): Method[] {
  const taking = operations.filter((operation) => fits(path, operation));
  return [...new Set(taking.map(({ method }) => method))];
}

/** Whether a path is the operation's, or has words in it which the operation takes as its parameters. */
function fits(path: string, { path: pattern, input }: Operation): boolean {
  const [words, parts] = [path.split('/'), pattern.split('/')];
  const shape = input instanceof z.ZodObject ? input.shape : {};
  const isTaken = (part: string, word: string | undefined) =>
    part === word || shape[part.slice(1, -1)]?.safeParse(word).success === true;
  return words.length === parts.length && parts.every((part, nth) => isTaken(part, words[nth]));
}

function refuseOthers(
  rest: FastifyInstance,
  services: Services,
  url: string,
  allowed: readonly Method[],
): void {
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
