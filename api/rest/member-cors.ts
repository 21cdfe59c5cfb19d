import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { headerOf } from '../http/headers.ts';
import type { MemberAuth } from '../tokens/member-auth.ts';

const OPTIONS = {
  methods: ['GET', 'POST'],
  allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'prefer'],
  exposedHeaders: [
    'idempotent-replayed',
    'preference-applied',
    'ratelimit',
    'ratelimit-policy',
    'retry-after',
    'x-request-id',
  ],
  maxAge: 600,
  strictPreflight: false,
};

/**
 * Lets the pages of a program's origins call what lies below its address, refusals included. Preflights are
 * answered without a token (https://fetch.spec.whatwg.org/#http-cors-protocol). To a page of any other
 * origin, and below a program that is not there, the answers are alike: as if nobody knew of CORS.
 */
export async function registerMemberCors(members: FastifyInstance, memberAuth: MemberAuth): Promise<void> {
  await members.register(cors, {
    delegator: async (req: FastifyRequest) => {
      const origin = headerOf(req, 'origin');
      const { programId = '' } = req.params as { readonly programId?: string };
      const isAllowed = origin !== undefined && (await memberAuth.allowsOrigin(programId, origin));
      return { ...OPTIONS, origin: isAllowed ? origin : false };
    },
  });
}
