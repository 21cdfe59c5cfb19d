import { randomUUID } from 'node:crypto';
import compress from '@fastify/compress';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Services } from '../context.ts';
import { refuseKeyInAddress } from '../http/address.ts';
import { COMPRESSION } from '../http/compression.ts';
import { ApiError, classify } from '../http/errors.ts';
import { classifyFastify } from '../http/fastify-errors.ts';
import { headerOf } from '../http/headers.ts';
import { sendProblem } from '../http/problem.ts';
import { askerOf } from './asker.ts';
import { appliedPreference, inputReader, type ReadInput } from './input.ts';
import { registerMemberCors } from './member-cors.ts';
import {
  MEMBER_PREFIX,
  type Method,
  OPERATIONS,
  type Operation,
  REST_PREFIX,
  runProcedure,
} from './operations.ts';
import { openStream } from './streams.ts';

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

const isMounted = ({ asker }: Operation, isForMembers: boolean): boolean =>
  (asker === 'member') === isForMembers;

/** Mounts the operations for members, below their prefix, or all others. */
function mountAll(rest: FastifyInstance, services: Services, isForMembers: boolean): void {
  const mounted = OPERATIONS.filter((operation) => isMounted(operation, isForMembers));
  for (const path of new Set(mounted.map((operation) => operation.path))) {
    const operations = mounted.filter((operation) => operation.path === path);
    const url = urlOf(isForMembers ? path.slice(MEMBER_PREFIX.length) : path);
    for (const operation of operations) mount(rest, services, url, operation);
    refuseOthers(rest, services, url, operationsAt(path, isForMembers));
  }
}

function mount(rest: FastifyInstance, services: Services, url: string, operation: Operation): void {
  const read = inputReader(operation);
  const answer = operation.isStream ? openStream : call;
  rest.route({
    method: operation.method,
    url,
    // Asked for its head alone, a stream would be opened for nobody.
    exposeHeadRoute: !operation.isStream,
    // A compressor would hold back what is to be read at once.
    ...(operation.isStream ? { compress: false as const } : {}),
    handler: async (req, reply) => {
      try {
        return reply.send(await answer(services, operation, read, req, reply));
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
  const answer = await runProcedure(operation, ctx, input);
  const applied = appliedPreference(req, input);
  if (applied !== undefined) res.header('preference-applied', applied);
  return answer;
}

/** The caller's key, in quotes as the draft has it or as bare text; a new one where none is needed. */
function idempotencyKeyOf(req: FastifyRequest, { isChange, key }: Operation): string | undefined {
  const header = headerOf(req, 'idempotency-key');
  if (header !== undefined) return /^"(.*)"$/.exec(header.trim())?.[1] ?? header;
  return isChange && key !== 'required' ? randomUUID() : undefined;
}

/** The words of each path, parted once: every address is held against every operation. */
const PATTERNS = OPERATIONS.map((operation) => ({ operation, parts: operation.path.split('/') }));

/**
 * The operations at an address, those of a pattern that it fits too: `/billing/stripe` takes what
 * `/billing/{provider}` does.
 */
function operationsAt(path: string, isForMembers: boolean): readonly Operation[] {
  const words = path.split('/');
  return PATTERNS.filter(
    ({ operation, parts }) => isMounted(operation, isForMembers) && fits(words, parts, operation),
  ).map(({ operation }) => operation);
}

/** Whether a path is the operation's, or has words in it which the operation takes as its parameters. */
function fits(words: readonly string[], parts: readonly string[], { input }: Operation): boolean {
  const isTaken = (part: string, word: string | undefined) =>
    part === word || (part.startsWith('{') && takes(input, part.slice(1, -1), word));
  return words.length === parts.length && parts.every((part, nth) => isTaken(part, words[nth]));
}

const takes = (input: Operation['input'], parameter: string, word: string | undefined): boolean =>
  input instanceof z.ZodObject && input.shape[parameter]?.safeParse(word).success === true;

function refuseOthers(
  rest: FastifyInstance,
  services: Services,
  url: string,
  operations: readonly Operation[],
): void {
  const allowed = [...new Set(operations.map(({ method }) => method))];
  const hasHead = operations.some(({ method, isStream }) => method === 'GET' && !isStream);
  const isRead = allowed.includes('GET');
  const others = [
    ...METHODS.filter((method) => !allowed.includes(method)),
    ...(isRead && !hasHead ? ['HEAD' as const] : []),
  ];
  const allow = [...allowed, ...(hasHead ? ['HEAD'] : [])].join(', ');
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
