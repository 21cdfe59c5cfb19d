import type { Outcome } from '../../engine/events/outcome.ts';
import { isPlatform } from '../auth/auth.ts';
import { requireOwnPage } from '../auth/own-page.ts';
import { permissionFor, scopeFor } from '../auth/permission-for.ts';
import { fail } from '../http/errors.ts';
import { headerOf } from '../http/headers.ts';
import { keyHolderOf, memberOf, principalOf } from './askers.ts';
import { type Awaiting, awaitedOutcome, COMMAND, decidedAnswer, eventIdIn } from './awaiting.ts';
import { misbuilt, onceRequest, t } from './builder.ts';
import { runOnce } from './idempotency.ts';
import { stepOnce } from './outside-step.ts';
import { servicesFor } from './reading.ts';

/**
 * A key, or an operator's role, that has the scope which the table of permissions names for the procedure, in
 * the program which the request is about. One middleware, since tRPC copies the whole context for each.
 */
export const scoped = () =>
  t.procedure.use(async ({ ctx, path, type, next }) => {
    const scope = scopeFor(path);
    if (scope === null) throw misbuilt(path);
    const principal = await principalOf(ctx, type);
    const programId = await ctx.services.auth.authorize(principal, scope, headerOf(ctx.req, 'x-program-id'));
    ctx.req.programId = programId;
    const services = servicesFor(type, ctx.services, programId);
    return next({ ctx: { services, principal, actor: principal.actor, programId } });
  });

/** Reads of one program. */
export const query = () => scoped();

/** A member by their token, or signed in, for the program that the input names. Checked anew at each call. */
const asMember = () =>
  t.procedure.use(async ({ ctx, path, type, getRawInput, next }) => {
    if (permissionFor(path) !== 'member') throw misbuilt(path);
    const { programId, member, mayRedeem, isSignedIn } = await memberOf(ctx, programIn(await getRawInput()));
    if (isSignedIn && type === 'mutation') requireOwnPage(ctx.req);
    ctx.req.programId = programId;
    const services = servicesFor(type, ctx.services, programId);
    return next({ ctx: { services, programId, member, mayRedeem, actor: `member:${member.id}` } });
  });

/** The program that an input names; empty, which is none's id, where it names none. */
function programIn(input: unknown): string {
  const programId =
    input !== null && typeof input === 'object' && 'programId' in input ? input.programId : '';
  return typeof programId === 'string' ? programId : '';
}

/** Reads of what belongs to the member whose token it is. */
export const memberQuery = asMember;

/** Changes of one program: once per `Idempotency-Key`, in one transaction, which is `ctx.tx`. */
export const mutation = () =>
  scoped().use(async ({ ctx, next, ...call }) =>
    runOnce(await onceRequest(ctx, ctx.programId, call), (tx, afterCommit) =>
      next({ ctx: { tx, afterCommit } }),
    ),
  );

/**
 * A mutation whose answer names an event, and with `wait_ms` holds the decision on it: waited for outside of
 * the transaction, and by a replay too, so that a caller whose connection broke hears the decision with the
 * same key.
 */
export const decidedMutation = ({ field, decided }: Awaiting = COMMAND) =>
  scoped()
    .use(async ({ ctx, getRawInput, next }) => {
      const result = await next();
      const eventId = result.ok ? eventIdIn(result.data, field) : null;
      if (!result.ok || eventId === null) return result;
      const outcome = await awaitedOutcome(ctx, eventId, await getRawInput());
      if (outcome === null) return result;
      return { ...result, data: await decided(result.data as object, outcome, eventId, ctx) };
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
      const eventId = result.ok ? eventIdIn(result.data, COMMAND.field) : null;
      if (!result.ok || eventId === null) return result;
      const outcome = await awaitedOutcome(ctx, eventId, await getRawInput());
      if (outcome === null) return result;
      return { ...result, data: decidedAnswer(result.data as object, view(outcome)) };
    })
    .use(async ({ ctx, next, ...call }) =>
      runOnce(await onceRequest(ctx, `${ctx.programId} ${ctx.actor}`, call), (tx, afterCommit) =>
        next({ ctx: { tx, afterCommit } }),
      ),
    );

/**
 * A step of one program that is taken elsewhere than in the database, such as at Temporal: `ctx.step` takes
 * it once per `Idempotency-Key`, while no transaction is open.
 */
export const outsideMutation = () =>
  scoped().use(async ({ ctx, next, ...call }) =>
    next({ ctx: { step: stepOnce(await onceRequest(ctx, ctx.programId, call)) } }),
  );

/** Reads of what belongs to no program, for platform keys alone. */
export const platformQuery = () =>
  t.procedure.use(async ({ ctx, path, type, next }) => {
    if (permissionFor(path) !== 'platform') throw misbuilt(path);
    const principal = await keyHolderOf(ctx);
    if (principal === null || !isPlatform(principal))
      throw fail('scope_missing', 'Only a platform key may do this.');
    const services = servicesFor(type, ctx.services, 'platform');
    return next({ ctx: { services, principal, actor: principal.actor } });
  });

/** Changes that only a platform key may make. */
export const platformMutation = () =>
  platformQuery().use(async ({ ctx, next, ...call }) =>
    runOnce(await onceRequest(ctx, 'platform', call), (tx, afterCommit) =>
      next({ ctx: { tx, afterCommit } }),
    ),
  );

/** Steps as in `outsideMutation`, which only a platform key may take. */
export const outsidePlatformMutation = () =>
  platformQuery().use(async ({ ctx, next, ...call }) =>
    next({ ctx: { step: stepOnce(await onceRequest(ctx, 'platform', call)) } }),
  );
