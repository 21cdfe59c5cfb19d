import { isPlatform } from '../auth/auth.ts';
import { requireOwnPage } from '../auth/own-page.ts';
import { permissionFor } from '../auth/permission-for.ts';
import { fail } from '../http/errors.ts';
import { keyHolderOf, signedIn } from './askers.ts';
import { misbuilt, onceRequest, t } from './builder.ts';
import { runOnce } from './idempotency.ts';
import { servicesFor } from './reading.ts';

/** Whoever asks, with nothing to show. What each may do how often, the procedure counts itself. */
const asAnyone = () =>
  t.procedure.use(({ path, next }) => {
    if (permissionFor(path) !== 'anyone') throw misbuilt(path);
    return next();
  });

/** Reads of what everybody may know. */
export const publicQuery = asAnyone;

/** Changes that anyone may ask for, such as to be signed in: not from a page of somebody else's. */
export const publicMutation = () =>
  asAnyone()
    .meta({ idempotency: 'none' })
    .use(({ ctx, next }) => {
      requireOwnPage(ctx.req, { unlessNone: true });
      return next();
    });

/** Reads of what belongs to the user who is signed in. */
export const userQuery = () =>
  t.procedure.use(async ({ ctx, path, type, next }) => {
    if (permissionFor(path) !== 'user') throw misbuilt(path);
    const user = await signedIn(ctx, type);
    const actor = `user:${user.userId}`;
    return next({ ctx: { services: servicesFor(type, ctx.services, actor), user, actor } });
  });

/** Changes of what belongs to the user who is signed in; the same change twice is one. */
export const userMutation = () => userQuery().meta({ idempotency: 'none' });

/** Changes for whoever may make programs: platform keys, and users with the right, then `ctx.founder`. */
export const founderMutation = () =>
  t.procedure
    .use(async ({ ctx, path, type, next }) => {
      if (permissionFor(path) !== 'founder') throw misbuilt(path);
      const principal = await keyHolderOf(ctx);
      const founder = principal === null ? await signedIn(ctx, type) : null;
      const may = principal === null ? founder?.mayCreatePrograms === true : isPlatform(principal);
      if (!may) throw fail('scope_missing', 'Programs are made by platform keys, and users who may.');
      const actor = principal?.actor ?? `user:${founder?.userId}`;
      return next({ ctx: { founder, actor, onceScope: principal === null ? actor : 'platform' } });
    })
    .use(async ({ ctx, next, ...call }) =>
      runOnce(await onceRequest(ctx, ctx.onceScope, call), (tx, afterCommit) =>
        next({ ctx: { tx, afterCommit } }),
      ),
    );
