import { type SealKey, type SealRing, seal, unseal } from '../../platform/seal.ts';
import { newSigningSecret } from '../../platform/standard-webhooks.ts';
import type { Database, Tx } from '../../prisma/client.ts';

/** 192 bits, within the 24 to 64 bytes that Standard Webhooks wants of a secret. */
const SECRET_BYTES = 24;

/** What an endpoint's secret is sealed with: it opens only in its own row. */
export const endpointSealKey = (ring: SealRing, programId: string): SealKey => ({
  ring,
  purpose: 'payout endpoint',
  owner: programId,
});

/** Sets where a program's host is asked to pay, with a new signing secret, which is given once. */
export async function setEndpoint(
  tx: Tx,
  programId: string,
  { url, ring, now }: { readonly url: string; readonly ring: SealRing; readonly now: Date },
): Promise<string> {
  const signing = newSigningSecret(SECRET_BYTES);
  const sealedSecret = seal(endpointSealKey(ring, programId), signing);
  await tx.payoutEndpoint.upsert({
    where: { programId },
    create: { programId, url, sealedSecret, updatedAt: now },
    update: { url, sealedSecret, updatedAt: now },
    select: { programId: true },
  });
  return signing;
}

/** Where to ask and with which secret; `signing` null: the deployment's secret does not open it. */
export async function readEndpoint(
  db: Database,
  programId: string,
  ring: SealRing,
): Promise<{ readonly url: string; readonly signing: string | null } | null> {
  const row = await db.payoutEndpoint.findUnique({ where: { programId } });
  return row === null
    ? null
    : { url: row.url, signing: unseal(endpointSealKey(ring, programId), row.sealedSecret) };
}
