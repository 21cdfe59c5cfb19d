import type { Principal } from '../auth/auth.ts';
import { requireOwnPage } from '../auth/own-page.ts';
import type { RequestContext } from '../context.ts';
import { fail } from '../http/errors.ts';
import { headerOf } from '../http/headers.ts';

/** A request, and who asks as far as the transport had to know. */
type Asked = Pick<RequestContext, 'services' | 'req' | 'principal' | 'caller' | 'user'>;
type SignedIn = NonNullable<RequestContext['user']>;
type MemberCaller = NonNullable<RequestContext['caller']>;
type CallType = 'query' | 'mutation' | 'subscription';

/** The holder of a request's key, whom the transport may have asked for; null: a user is signed in. */
export async function keyHolderOf(ctx: Asked): Promise<Principal | null> {
  if (ctx.principal !== undefined) return ctx.principal;
  const authorization = headerOf(ctx.req, 'authorization');
  if (authorization === undefined && (await userOf(ctx)) !== null) return null;
  return await ctx.services.auth.authenticate(authorization);
}

const userOf = async (ctx: Asked): Promise<SignedIn | null> =>
  ctx.user === undefined ? await ctx.services.users.find(ctx.req) : ctx.user;

/** The user who is signed in; a change must come from one of our own pages. Throws `unauthenticated`. */
export async function signedIn(ctx: Asked, type: CallType): Promise<SignedIn> {
  const user = await userOf(ctx);
  if (user === null) throw fail('unauthenticated', 'Sign in first.');
  if (type === 'mutation') requireOwnPage(ctx.req);
  return user;
}

/** Whoever has a key, or operates the program that the request names. */
export async function principalOf(ctx: Asked, type: CallType): Promise<Principal> {
  const holder = await keyHolderOf(ctx);
  if (holder !== null) return holder;
  const programId = headerOf(ctx.req, 'x-program-id');
  return await ctx.services.operators.principal(await signedIn(ctx, type), programId);
}

/** The member whose token a request has, or who is signed in. */
export async function memberOf(ctx: Asked, programId: string): Promise<MemberCaller> {
  if (ctx.caller !== undefined) return ctx.caller;
  const { memberAuth } = ctx.services;
  const authorization = headerOf(ctx.req, 'authorization');
  const user = authorization === undefined ? await userOf(ctx) : null;
  return user === null
    ? await memberAuth.authenticate(authorization, programId)
    : await memberAuth.signedIn(user, programId);
}
