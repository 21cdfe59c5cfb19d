import { keyedHash } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import { type SealKey, seal, unseal } from '../../platform/seal.ts';
import type { Tx } from '../../prisma/client.ts';

const sealKey = (secret: string, programId: string, id: string): SealKey => ({
  secret,
  purpose: 'coupon code',
  owner: `${programId}/${id}`,
});

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
  pool: { readonly programId: string; readonly itemId: string; readonly secret: string },
  codes: readonly string[],
): Promise<CouponBatch> {
  const { programId, itemId, secret } = pool;
  const batchId = newId();
  const data = codes.map((code) => {
    const id = newId();
    const codeHash = keyedHash(secret, `coupon ${programId} ${code}`);
    return {
      programId,
      id,
      itemId,
      batchId,
      codeHash,
      sealedCode: seal(sealKey(secret, programId, id), code),
    };
  });
  const { count } = await tx.couponCode.createMany({ data, skipDuplicates: true });
  return { batchId, added: count, duplicates: codes.length - count };
}

/** A code's text; null when it was sealed with another secret than the deployment's. */
export const openCoupon = (
  row: { readonly programId: string; readonly id: string; readonly sealedCode: string },
  secret: string,
): string | null => unseal(sealKey(secret, row.programId, row.id), row.sealedCode);

/** A code's last characters, a quarter of it and at most four: enough to find it by, too little to use it. */
export function maskCode(code: string): string {
  const tailLength = Math.min(4, Math.floor(code.length / 4));
  return `••••${tailLength === 0 ? '' : code.slice(-tailLength)}`;
}
