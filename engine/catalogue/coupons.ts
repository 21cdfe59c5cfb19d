import { keyedHash } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import { type SealKey, type SealRing, seal, unseal } from '../../platform/seal.ts';
import type { Tx } from '../../prisma/client.ts';

/** What a code is sealed with: it opens only in its own row. */
export const couponSealKey = (ring: SealRing, programId: string, id: string): SealKey => ({
  ring,
  purpose: 'coupon code',
  owner: `${programId}/${id}`,
});

/** By which a code is found to be in the program already; a text that only the secret's holder can make. */
export const couponHash = (secret: string, programId: string, code: string): string =>
  keyedHash(secret, `coupon ${programId} ${code}`);

export interface CouponBatch {
  readonly batchId: string;
  readonly added: number;
  /** Codes that the program has already, or that were sent twice. */
  readonly duplicates: number;
}

/**
 * Adds codes to a pool, each encrypted. Leaves out codes that the program has in any pool, as a code can be
 * given once. Returns how many were added.
 */
export async function addCoupons(
  tx: Tx,
  pool: { readonly programId: string; readonly itemId: string; readonly ring: SealRing },
  codes: readonly string[],
): Promise<CouponBatch> {
  const { programId, itemId, ring } = pool;
  const batchId = newId();
  const known = await knownUnderOldSecrets(tx, programId, ring, codes);
  const data = codes
    .filter((code) => !known.has(code))
    .map((code) => {
      const id = newId();
      const codeHash = couponHash(ring[0], programId, code);
      const sealedCode = seal(couponSealKey(ring, programId, id), code);
      return { programId, id, itemId, batchId, codeHash, sealedCode };
    });
  const { count } = await tx.couponCode.createMany({ data, skipDuplicates: true });
  return { batchId, added: count, duplicates: codes.length - count };
}

/** Those codes that the program has from before the secret changed: their hashes are the old secrets'. */
async function knownUnderOldSecrets(
  tx: Tx,
  programId: string,
  [, ...old]: SealRing,
  codes: readonly string[],
): Promise<ReadonlySet<string | undefined>> {
  if (old.length === 0) return new Set();
  const codeOf = new Map(
    old.flatMap((secret) => codes.map((code) => [couponHash(secret, programId, code), code] as const)),
  );
  const where = { programId, codeHash: { in: [...codeOf.keys()] } };
  const rows = await tx.couponCode.findMany({ where, select: { codeHash: true } });
  return new Set(rows.map(({ codeHash }) => codeOf.get(codeHash)));
}

/** A code's text; null when it was sealed with another secret than the deployment's. */
export const openCoupon = (
  row: { readonly programId: string; readonly id: string; readonly sealedCode: string },
  ring: SealRing,
): string | null => unseal(couponSealKey(ring, row.programId, row.id), row.sealedCode);

/** A code's last characters, a quarter of it and at most four: enough to find it by, too little to use it. */
export function maskCode(code: string): string {
  const tailLength = Math.min(4, Math.floor(code.length / 4));
  return `••••${tailLength === 0 ? '' : code.slice(-tailLength)}`;
}
