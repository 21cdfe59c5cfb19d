import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext, Services } from '../context.ts';
import { ApiError } from '../http/errors.ts';
import { headerOf } from '../http/headers.ts';
import { memberOf } from '../trpc/askers.ts';
import type { Operation } from './operations.ts';
import { type RateLimit, WINDOW_MS } from './rate-limit.ts';

/**
 * Whoever asks, by what this operation takes: a member by a token, a key, or a user who is signed in. Counted
 * against their limit; who signs in is counted by the procedure.
 */
export async function askerOf(
  services: Services,
  { asker }: Operation,
  req: FastifyRequest,
  res: FastifyReply,
): Promise<Pick<RequestContext, 'principal' | 'caller' | 'user'>> {
  if (asker === 'anyone') return {};
  if (asker === 'member') {
    const { programId = '' } = req.params as { readonly programId?: string };
    const caller = await memberOf({ services, req }, programId);
    await countRequest(services.memberRateLimit, 'member', caller.member.id, res);
    return { caller };
  }
  const authorization = headerOf(req, 'authorization');
  const user = authorization === undefined || asker === 'user' ? await services.users.find(req) : null;
  if (user !== null) {
    await countRequest(services.rateLimit, 'user', user.userId, res);
    return { user };
  }
  if (asker === 'user') throw new ApiError('unauthenticated', 'Sign in first.');
  const principal = await services.auth.authenticate(authorization);
  await countRequest(services.rateLimit, 'key', principal.id, res);
  return { principal };
}

/**
 * Counts the request against the limit of a key, a member or a user, and says how that stands
 * (draft-ietf-httpapi-ratelimit-headers-10). Throws `rate_limited`.
 */
async function countRequest(
  rateLimit: RateLimit,
  noun: 'key' | 'member' | 'user',
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
