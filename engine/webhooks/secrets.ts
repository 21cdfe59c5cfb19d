import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import { newId } from '../../platform/ids.ts';
import { type SealKey, type SealRing, seal, unseal } from '../../platform/seal.ts';
import { newSigningSecret } from '../../platform/standard-webhooks.ts';
import type { Database, Tx } from '../../prisma/client.ts';

/** 256 bits, within the 24 to 64 bytes of Standard Webhooks. */
const SECRET_BYTES = 32;

/** What an endpoint's key is sealed with: it opens only in its own row. */
export const webhookSealKey = (ring: SealRing, secretId: string): SealKey => ({
  ring,
  purpose: 'webhook endpoint',
  owner: secretId,
});

/** A key for the signatures of an endpoint. */
export const newEndpointSecret = (): string => newSigningSecret(SECRET_BYTES);

export interface NewSecret {
  /** The key of the signatures; it is stored sealed. */
  readonly signing: string;
  /** The deployment's secrets, which seal. */
  readonly ring: SealRing;
  readonly now: Date;
  /** How long the key before goes on signing, in milliseconds. */
  readonly overlap_ms: number;
}

/**
 * Makes `signing` an endpoint's key. The one before signs too until the overlap ends; older ones are
 * forgotten, so that never more than two sign.
 */
export async function addSecret(
  tx: Tx,
  { programId, endpointId }: EndpointRef,
  { signing, ring, now, overlap_ms }: NewSecret,
): Promise<void> {
  const where = { programId, endpointId };
  await tx.webhookSecret.deleteMany({ where: { ...where, expiresAt: { not: null } } });
  const expiresAt = new Date(now.getTime() + overlap_ms);
  if (overlap_ms === 0) await tx.webhookSecret.deleteMany({ where });
  else await tx.webhookSecret.updateMany({ where, data: { expiresAt } });
  const id = newId(now.getTime());
  await tx.webhookSecret.create({
    data: { ...where, id, sealed: seal(webhookSealKey(ring, id), signing), createdAt: now },
    select: { id: true },
  });
}

/** The keys that sign now, the newest first. Null: the deployment's secret does not open one of them. */
export async function openSecrets(
  db: Database,
  ref: EndpointRef,
  { ring, now }: Pick<NewSecret, 'ring' | 'now'>,
): Promise<readonly string[] | null> {
  const rows = await db.webhookSecret.findMany({
    where: { ...ref, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
    orderBy: { id: 'desc' },
  });
  const opened = rows.map(({ id, sealed }) => unseal(webhookSealKey(ring, id), sealed));
  return opened.every((it) => it !== null) ? opened : null;
}
