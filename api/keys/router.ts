import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ApiKey } from '../../prisma/generated/client.ts';
import { fail, notFound } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, platformMutation, platformQuery, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { checkHandOn, createKey, revokeKey } from './create.ts';
import { lockKeys } from './lock.ts';
import { rotateApiKey } from './rotate.ts';
import {
  apiKeyAnswer,
  createdKeyAnswer,
  createKeyInput,
  revokedKeyAnswer,
  rotatedKeyAnswer,
  rotateKeyInput,
} from './schema.ts';

const view = (row: ApiKey): z.infer<typeof apiKeyAnswer> => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  createdAt: iso(row.createdAt),
  revokedAt: isoOrNull(row.revokedAt),
  expiresAt: isoOrNull(row.expiresAt),
  lastUsedAt: isoOrNull(row.lastUsedAt),
  replacedBy: row.replacedBy,
});

const auditRevoked = (
  ctx: { readonly tx: Tx; readonly actor: string },
  programId: string | null,
  id: string,
) => audit(ctx.tx, { programId, actor: ctx.actor, action: 'key.revoked', subject: id });

const apiKeyPage = pageAnswer(apiKeyAnswer);

export const keysRouter = router({
  create: mutation()
    .meta({
      rest: 'createKey POST /keys',
      doc:
        'Makes an API key of the program. Returns it; `apiKey` is shown this once. A key may hand on no ' +
        'scope that it lacks itself (`scope_missing`).',
      shownOnce: 'apiKey',
    })
    .input(createKeyInput)
    .output(createdKeyAnswer)
    .mutation(async ({ ctx, input }) => {
      const scopes = [...new Set(input.scopes)];
      checkHandOn(ctx.principal, scopes);
      await lockKeys(ctx.tx, ctx.principal, [], new Date(ctx.services.now()));
      const expiresAt = input.expiresAt === undefined ? null : new Date(input.expiresAt);
      const key = await createKey(ctx.tx, { programId: ctx.programId, name: input.name, scopes, expiresAt });
      await audit(ctx.tx, {
        programId: ctx.programId,
        actor: ctx.actor,
        action: 'key.created',
        subject: key.id,
        detail: { scopes, expiresAt: isoOrNull(expiresAt) },
      });
      const apiKey: string | null = key.token;
      return { id: key.id, name: input.name, scopes, expiresAt: isoOrNull(expiresAt), apiKey };
    }),

  list: query()
    .meta({
      rest: 'listKeys GET /keys',
      doc:
        "Lists the program's API keys, the newest first, those that were revoked too. The keys themselves " +
        'are not stored.',
    })
    .input(z.strictObject(pageFields).prefault({}))
    .output(apiKeyPage)
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.apiKey.findMany(newest({ programId: ctx.programId }, input));
      return newestPage(rows, input, view);
    }),

  rotate: mutation()
    .meta({
      rest: 'rotateKey POST /keys/{id}/rotate',
      doc:
        'Makes a key in place of another: with the same name and scopes, and as long a life as the old one ' +
        'had, from now on. `apiKey` is shown this once. The old key works on for `overlap_hours`, and not ' +
        'beyond its own end. Refusals: `not_found`, `scope_missing` for a key that may do more than the ' +
        'one that asks, `stage_forbids` for a key that was revoked, has expired, or was replaced before.',
      shownOnce: 'apiKey',
    })
    .input(rotateKeyInput)
    .output(rotatedKeyAnswer)
    .mutation(async ({ ctx, input }) => {
      const now = new Date(ctx.services.now());
      const { made, old } = await rotateApiKey(ctx, input, now);
      ctx.afterCommit(() => ctx.services.auth.forget(old.id));
      const { id: keyId, name, scopes, expiresAt } = made;
      const apiKey: string | null = made.token;
      const replaces = { id: old.id, expiresAt: iso(old.expiresAt) };
      return { id: keyId, name, scopes, expiresAt: isoOrNull(expiresAt), apiKey, replaces };
    }),

  revoke: mutation()
    .meta({
      rest: 'revokeKey DELETE /keys/{id}',
      doc:
        'Revokes an API key of the program: this process refuses it at once, every other within two ' +
        'seconds. A key that was revoked before keeps its first time, and the answer is the same. Refusal: ' +
        '`not_found`.',
    })
    .input(z.strictObject({ id }))
    .output(revokedKeyAnswer)
    .mutation(async ({ ctx, input }) => {
      const now = new Date(ctx.services.now());
      await lockKeys(ctx.tx, ctx.principal, [input.id], now);
      const revoked = await revokeKey(ctx.tx, ctx.programId, input.id, now);
      if (revoked === null) throw notFound('key');
      if (revoked.wasGood) await auditRevoked(ctx, ctx.programId, input.id);
      ctx.afterCommit(() => ctx.services.auth.forget(input.id));
      return { id: input.id, revoked: true as const };
    }),

  platform: platformQuery()
    .meta({
      rest: 'listPlatformKeys GET /platform/keys',
      doc:
        'Lists platform keys, the newest first, those that were revoked too. They belong to no program. ' +
        'Platform keys only.',
    })
    .input(z.strictObject(pageFields).prefault({}))
    .output(apiKeyPage)
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.apiKey.findMany(newest({ programId: null }, input));
      return newestPage(rows, input, view);
    }),

  revokePlatform: platformMutation()
    .meta({
      rest: 'revokePlatformKey DELETE /platform/keys/{id}',
      doc:
        'Revokes a platform key. Not the one that asks (`stage_forbids`): so there is always one left that ' +
        'works. Of two that revoke each other at once one does, and the other is refused with ' +
        '`key_revoked`. Platform keys only. Refusals: `stage_forbids`, `not_found`.',
    })
    .input(z.strictObject({ id }))
    .output(revokedKeyAnswer)
    .mutation(async ({ ctx, input }) => {
      if (input.id === ctx.principal.id) {
        throw fail(
          'stage_forbids',
          'A platform key cannot revoke itself: make another, and ask with that one.',
        );
      }
      const now = new Date(ctx.services.now());
      await lockKeys(ctx.tx, ctx.principal, [input.id], now);
      const revoked = await revokeKey(ctx.tx, null, input.id, now);
      if (revoked === null) throw notFound('key');
      if (revoked.wasGood) await auditRevoked(ctx, null, input.id);
      ctx.afterCommit(() => ctx.services.auth.forget(input.id));
      return { id: input.id, revoked: true as const };
    }),
});
