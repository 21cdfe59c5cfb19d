import { audit } from '../../engine/audit/record.ts';
import { rotateIssuerKey } from '../../engine/badges/keys.ts';
import { newestFirst, wholePage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { badgeKeyRotationAnswer, badgeKeysAnswer } from './schema.ts';

export const keys = query()
  .meta({
    rest: 'listBadgeKeys GET /badges/keys',
    doc: "Lists every public key that ever signed a program's badges, the newest first, on one page.",
  })
  .output(badgeKeysAnswer)
  .query(async ({ ctx }) => {
    const rows = await ctx.services.db.badgeIssuerKey.findMany({
      where: { programId: ctx.programId },
      orderBy: newestFirst(),
    });
    const items = rows.map(({ id: keyId, publicKeyMultibase, createdAt, retiredAt }) => ({
      id: keyId,
      publicKeyMultibase,
      createdAt: iso(createdAt),
      retiredAt: isoOrNull(retiredAt),
    }));
    return wholePage(items);
  });

export const rotateKey = mutation()
  .meta({
    rest: 'rotateBadgeKey POST /badges/keys/rotate',
    doc:
      'Replaces the key that signs badges, and destroys its private half. What it signed stays valid, as ' +
      'its public half stays published.',
  })
  .output(badgeKeyRotationAnswer)
  .mutation(async ({ ctx }) => {
    const { tx, programId, actor } = ctx;
    const rotated = await rotateIssuerKey(tx, programId, ctx.services.settings.sealRing);
    const { publicKeyMultibase: subject, retired } = rotated;
    await audit(tx, { programId, actor, action: 'badge.key_rotated', subject, detail: { retired } });
    return rotated;
  });
