import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { SECRETS_MAX } from '../../domain/tokens/token.ts';
import { audit } from '../../engine/audit/record.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import { tokenSealKey } from '../../engine/tokens/seal-key.ts';
import { newId } from '../../platform/ids.ts';
import { seal } from '../../platform/seal.ts';
import { fail, notFound } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { createdSecretAnswer, revokedSecretAnswer, tokenSecretsAnswer } from './schema.ts';

/** As many as HS256's hash has (RFC 7518, 3.2). */
const SECRET_BYTES = 32;

/** The procedures about the secrets with which the host signs tokens. */
export const secretProcedures = {
  createSecret: mutation()
    .meta({
      rest: 'createTokenSecret POST /tokens/secrets',
      doc:
        'Makes a secret with which the host signs member tokens by itself (HS256). `secret` is shown this ' +
        `once. Refuses with \`limit_reached\` when ${SECRETS_MAX} secrets are good: revoke one first.`,
      shownOnce: 'secret',
    })
    .output(createdSecretAnswer)
    .mutation(async ({ ctx }) => {
      const { tx, programId, actor, services } = ctx;
      await lockProgramRow(tx, programId);
      if ((await tx.tokenSecret.count({ where: { programId, revokedAt: null } })) >= SECRETS_MAX) {
        throw fail('limit_reached', `At most ${SECRETS_MAX} secrets are good at a time: revoke one first.`);
      }
      const now_ms = services.now();
      const secretId = newId(now_ms);
      const secret: string | null = `mts_${randomBytes(SECRET_BYTES).toString('base64url')}`;
      const sealed = seal(tokenSealKey(services.settings.sealRing, secretId), secret);
      const createdAt = new Date(now_ms);
      await tx.tokenSecret.create({
        data: { programId, id: secretId, sealed, createdAt },
        select: { id: true },
      });
      await audit(tx, { programId, actor, action: 'tokens.secret_created', subject: secretId });
      ctx.afterCommit(() => services.memberAuth.forget(programId));
      return { id: secretId, secret, createdAt: iso(createdAt) };
    }),

  secrets: query()
    .meta({
      rest: 'listTokenSecrets GET /tokens/secrets',
      doc: 'Lists the secrets of member tokens, the newest first, those that were revoked too.',
    })
    .input(z.strictObject(pageFields).prefault({}))
    .output(tokenSecretsAnswer)
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.tokenSecret.findMany({
        ...newest({ programId: ctx.programId }, input),
        omit: { sealed: true },
      });
      return newestPage(rows, input, (row) => ({
        id: row.id,
        createdAt: iso(row.createdAt),
        revokedAt: isoOrNull(row.revokedAt),
      }));
    }),

  revokeSecret: mutation()
    .meta({
      rest: 'revokeTokenSecret DELETE /tokens/secrets/{id}',
      doc:
        'Revokes a secret: this process refuses its tokens at once, every other within two seconds. A ' +
        'secret that was revoked before keeps its first time. Refuses with `not_found`.',
    })
    .input(z.strictObject({ id }))
    .output(revokedSecretAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor, services } = ctx;
      const where = { programId, id: input.id };
      if ((await tx.tokenSecret.count({ where })) === 0) throw notFound('secret');
      const { count } = await tx.tokenSecret.updateMany({
        where: { ...where, revokedAt: null },
        data: { revokedAt: new Date(services.now()), sealed: null },
      });
      if (count === 1) {
        await audit(tx, { programId, actor, action: 'tokens.secret_revoked', subject: input.id });
      }
      ctx.afterCommit(() => services.memberAuth.forget(programId));
      return { id: input.id, revoked: true as const };
    }),
};
