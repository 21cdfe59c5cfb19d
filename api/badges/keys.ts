import { audit } from '../../engine/audit/record.ts';
import { rotateIssuerKey } from '../../engine/badges/keys.ts';
import { newestFirst } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { iso, isoOrNull } from '../trpc/views.ts';

/** Every public key that ever signed, the newest first. */
export const keys = query().query(async ({ ctx }) => {
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
  return { items };
});

/** Replaces the key that signs. What the old one signed stays valid. */
export const rotateKey = mutation('keys:write').mutation(async ({ ctx }) => {
  const { tx, programId, actor } = ctx;
  const rotated = await rotateIssuerKey(tx, programId, ctx.services.settings.badgeSecret);
  const { publicKeyMultibase: subject, retired } = rotated;
  await audit(tx, { programId, actor, action: 'badge.key_rotated', subject, detail: { retired } });
  return rotated;
});
