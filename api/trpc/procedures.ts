import { initTRPC } from '@trpc/server';
import type { z } from 'zod';
import type { Outcome } from '../../engine/events/outcome.ts';
import { isPlatform, type Principal } from '../auth/auth.ts';
import { permissionFor, scopeFor } from '../auth/permissions.ts';
import type { RequestContext, Services } from '../context.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { classify, fail, wireError } from '../http/errors.ts';
import { headerOf } from '../http/headers.ts';
import { type OnceRequest, runOnce } from './idempotency.ts';
import { WAIT_MS_MAX } from './schemas.ts';

/**
 * An operation of the REST API: its name in SDKs, its method, and its path below `/api/v1`. A name in braces
 * is a field of the input.
 */
export type RestAddress = `${string} ${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;

/** What a procedure says about itself; the REST API and its reference are made from it. */
export interface Meta {
  /** One address; or several where the input is a union, one for each of its options. */
  readonly rest?: RestAddress | readonly RestAddress[];
  /** What the procedure does. The first sentence is its summary. */
  readonly doc?: string;
  /** Refusals of a read with a status that other reads do not have. */
  readonly refuses?: readonly ErrorCode[];
  /** The schema of the input where its parser is a function. */
  readonly accepts?: z.ZodType;
  /** A field of the answer that is shown once: a replay has null in its place. */
  readonly shownOnce?: string;
  /**
   * Where a change that needs no header `Idempotency-Key` has its key: in the input; or it has none, because
   * it stores nothing that a repeat could store twice.
   */
  readonly idempotency?: 'input' | 'none';
}

const t = initTRPC
  .context<RequestContext>()
  .meta<Meta>()
  .create({
    isDev: false,
    errorFormatter: ({ error, ctx }) => wireError(classify(error), ctx?.req.id ?? '').error,
  });

export const router = t.router;

/** The holder of a valid key, whom the transport may have asked for already. */
async function principalOf(ctx: RequestContext): Promise<Principal> {
  return ctx.principal ?? (await ctx.services.auth.authenticate(headerOf(ctx.req, 'authorization')));
}

/**
 * A builder that is not what the table of permissions says of the procedure: a bug, and nobody may call it.
 */
function misbuilt(path: string): Error {
  return new Error(`${path} is built otherwise than the table of permissions says`);
}

/**
 * A key that has the scope which the table of permissions names for the procedure, in the program which the
 * request is about. One middleware, since tRPC copies the whole context for each.
 */
export const scoped = () =>
  t.procedure.use(async ({ ctx, path, next }) => {
    const scope = scopeFor(path);
    if (scope === null) throw misbuilt(path);
    const principal = await principalOf(ctx);
    const programId = await ctx.services.auth.authorize(principal, scope, headerOf(ctx.req, 'x-program-id'));
    ctx.req.programId = programId;
    return next({ ctx: { principal, actor: `key:${principal.keyId}`, programId } });
  });

/** Reads of one program. */
export const query = () => scoped();

/** A member by their token, for the program that the input names. Checked anew at each call. */
const asMember = () =>
  t.procedure.use(async ({ ctx, path, getRawInput, next }) => {
    if (permissionFor(path) !== 'member') throw misbuilt(path);
    const { memberAuth } = ctx.services;
    const caller =
      ctx.caller ??
      (await memberAuth.authenticate(headerOf(ctx.req, 'authorization'), programIn(await getRawInput())));
    const { programId, member, mayRedeem } = caller;
    ctx.req.programId = programId;
    return next({ ctx: { programId, member, mayRedeem, actor: `member:${member.id}` } });
  });

/** The program that an input names; empty, which is none's id, where it names none. */
function programIn(input: unknown): string {
  const programId =
    input !== null && typeof input === 'object' && 'programId' in input ? input.programId : '';
  return typeof programId === 'string' ? programId : '';
}

/** Reads of what belongs to the member whose token it is. */
export const memberQuery = asMember;

interface Call {
  readonly path: string;
  readonly meta: Meta | undefined;
  getRawInput(): Promise<unknown>;
}

async function onceRequest(
  ctx: RequestContext,
  scope: string,
  { path, meta, getRawInput }: Call,
): Promise<OnceRequest> {
  return {
    services: ctx.services,
    scope,
    procedure: path,
    key: ctx.idempotencyKey,
    input: await getRawInput(),
    onReplay: () => void ctx.res.header('idempotent-replayed', 'true'),
    shownOnce: meta?.shownOnce,
  };
}

/** Changes of one program: once per `Idempotency-Key`, in one transaction, which is `ctx.tx`. */
export const mutation = () =>
  scoped().use(async ({ ctx, next, ...call }) =>
    runOnce(await onceRequest(ctx, ctx.programId, call), (tx, afterCommit) =>
      next({ ctx: { tx, afterCommit } }),
    ),
  );

/**
 * A mutation whose answer holds an `eventId`, and with `wait_ms` the decision on it: waited for outside of
 * the transaction, and by a replay too, so that a caller whose connection broke hears the decision with the
 * same key.
 */
export const decidedMutation = () =>
  scoped()
    .use(async ({ ctx, getRawInput, next }) => {
      const result = await next();
      if (!result.ok || !isAccepted(result.data)) return result;
      const outcome = await awaitedOutcome(ctx, result.data, await getRawInput());
      return outcome === null ? result : { ...result, data: { ...result.data, status: 'decided', outcome } };
    })
    .use(async ({ ctx, next, ...call }) =>
      runOnce(await onceRequest(ctx, ctx.programId, call), (tx, afterCommit) =>
        next({ ctx: { tx, afterCommit } }),
      ),
    );

/**
 * A change that a member asks for and may wait for, as in `decidedMutation`, with a token that has the claim
 * `redeem`. Throws `claim_missing`. A member's keys are their own: they never meet another's. Of the outcome
 * the member sees what `view` shows.
 */
export const decidedMemberMutation = (view: (outcome: Outcome) => object) =>
  asMember()
    .use(async ({ ctx, getRawInput, next }) => {
      if (!ctx.mayRedeem) {
        throw fail('claim_missing', 'This token only reads: your server mints one with `redeem: true`.');
      }
      const result = await next();
      if (!result.ok || !isAccepted(result.data)) return result;
      const outcome = await awaitedOutcome(ctx, result.data, await getRawInput());
      return outcome === null
        ? result
        : { ...result, data: { ...result.data, status: 'decided', outcome: view(outcome) } };
    })
    .use(async ({ ctx, next, ...call }) =>
      runOnce(await onceRequest(ctx, `${ctx.programId} ${ctx.actor}`, call), (tx, afterCommit) =>
        next({ ctx: { tx, afterCommit } }),
      ),
    );

/** The decision on what was accepted, when it comes while the caller waits; else null. */
async function awaitedOutcome(
  { services, programId }: { readonly services: Services; readonly programId: string },
  { eventId }: { readonly eventId: string },
  input: unknown,
): Promise<Outcome | null> {
  const wait_ms = waitOf(input);
  return wait_ms === 0 ? null : await services.waiters.wait(programId, eventId, wait_ms);
}

const isAccepted = (data: unknown): data is { readonly eventId: string } =>
  data !== null && typeof data === 'object' && 'eventId' in data && typeof data.eventId === 'string';

function waitOf(input: unknown): number {
  const wait_ms = input !== null && typeof input === 'object' && 'wait_ms' in input ? input.wait_ms : 0;
  return typeof wait_ms === 'number' ? Math.min(wait_ms, WAIT_MS_MAX) : 0;
}

/** Reads of what belongs to no program, for platform keys alone. */
export const platformQuery = () =>
  t.procedure.use(async ({ ctx, path, next }) => {
    if (permissionFor(path) !== 'platform') throw misbuilt(path);
    const principal = await principalOf(ctx);
    if (!isPlatform(principal)) throw fail('scope_missing', 'Only a platform key may do this.');
    return next({ ctx: { principal, actor: `key:${principal.keyId}` } });
  });

/** Changes that only a platform key may make: programs come from here. */
export const platformMutation = () =>
  platformQuery().use(async ({ ctx, next, ...call }) =>
    runOnce(await onceRequest(ctx, 'platform', call), (tx, afterCommit) =>
      next({ ctx: { tx, afterCommit } }),
    ),
  );
