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
  /** Codes that the program has already, or that came twice. */
  readonly duplicates: number;
}

/** Adds codes to a pool, each encrypted. A code that the program has, in whatever pool, is left out: it can be given once. */
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

/** A code's text; null when the deployment's secret is not the one it was sealed with. */
export const openCoupon = (
  row: { readonly programId: string; readonly id: string; readonly sealedCode: string },
  secret: string,
): string | null => unseal(sealKey(secret, row.programId, row.id), row.sealedCode);

/** Enough of a code to find it by, too little to use it: its last characters, a quarter of it and four at the most. */
export function maskCode(code: string): string {
  const shown = Math.min(4, Math.floor(code.length / 4));
  return `••••${shown === 0 ? '' : code.slice(-shown)}`;
}
