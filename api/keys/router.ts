import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import type { ApiKey } from '../../prisma/generated/client.ts';
import { allows } from '../auth/auth.ts';
import { SCOPES } from '../auth/scopes.ts';
import { fail, notFound } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, platformMutation, platformQuery, router, scoped } from '../trpc/procedures.ts';
import { id, name, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { createKey, revokeKey } from './create.ts';

const view = (row: ApiKey) => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  createdAt: iso(row.createdAt),
  revokedAt: isoOrNull(row.revokedAt),
});

export const keysRouter = router({
  /** Makes a key; `apiKey` is shown this once. A key may hand on no scope that it lacks itself. */
  create: mutation('keys:write')
    .meta({ shownOnce: 'apiKey' })
    .input(z.strictObject({ name, scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length) }))
    .mutation(async ({ ctx, input }) => {
      const scopes = [...new Set(input.scopes)];
      const missing = scopes.find((scope) => !allows(ctx.principal, scope));
      if (missing !== undefined) {
        throw fail('scope_missing', `This key lacks the scope \`${missing}\` and cannot hand it on.`);
      }
      const key = await createKey(ctx.tx, { programId: ctx.programId, name: input.name, scopes });
      await audit(ctx.tx, {
        programId: ctx.programId,
        actor: ctx.actor,
        action: 'key.created',
        subject: key.id,
        detail: { scopes },
      });
      const apiKey: string | null = key.token;
      return { id: key.id, name: input.name, scopes, apiKey };
    }),

  /** Keys, the newest first; the keys themselves are not stored. */
  list: scoped('keys:write')
    .input(z.strictObject(pageFields).prefault({}))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.apiKey.findMany(newest({ programId: ctx.programId }, input));
      return newestPage(rows, input, view);
    }),

  /** Revokes a key: refused here at once, and by every other process within two seconds. */
  revoke: mutation('keys:write')
    .input(z.strictObject({ id }))
    .mutation(async ({ ctx, input }) => {
      const revoked = await revokeKey(ctx.tx, ctx.programId, input.id, new Date(ctx.services.now()));
      if (!revoked) throw notFound('key');
      await audit(ctx.tx, {
        programId: ctx.programId,
        actor: ctx.actor,
        action: 'key.revoked',
        subject: input.id,
      });
      ctx.afterCommit(() => ctx.services.auth.forget(input.id));
      return { id: input.id, revoked: true as const };
    }),

  /** Platform keys, the newest first. They belong to no program. */
  platform: platformQuery()
    .input(z.strictObject(pageFields).prefault({}))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.apiKey.findMany(newest({ programId: null }, input));
      return newestPage(rows, input, view);
    }),

  /** Revokes a platform key. Not the one that asks: so there is always one left that works. */
  revokePlatform: platformMutation()
    .input(z.strictObject({ id }))
    .mutation(async ({ ctx, input }) => {
      if (input.id === ctx.principal.keyId) {
        throw fail(
          'stage_forbids',
          'A platform key cannot revoke itself: make another, and ask with that one.',
        );
      }
      const revoked = await revokeKey(ctx.tx, null, input.id, new Date(ctx.services.now()));
      if (!revoked) throw notFound('key');
      await audit(ctx.tx, {
        programId: null,
        actor: ctx.actor,
        action: 'key.revoked',
        subject: input.id,
      });
      ctx.afterCommit(() => ctx.services.auth.forget(input.id));
      return { id: input.id, revoked: true as const };
    }),
});
