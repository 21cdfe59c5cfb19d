import { withoutTwins } from '../../domain/catalogue/coupon-code.ts';
import { newId } from '../../platform/ids.ts';
import { type SealRing, seal } from '../../platform/seal.ts';
import type { Tx } from '../../prisma/client.ts';
import { couponHash, couponSealKey, foldedCouponHash } from './coupon-seal.ts';
import { knownFolded } from './folded.ts';

export interface CouponBatch {
  readonly batchId: string;
  readonly added: number;
  /** Codes that the program has already, or that were sent twice. */
  readonly duplicates: number;
}

interface CouponPool {
  readonly programId: string;
  readonly itemId: string;
  readonly ring: SealRing;
  /** Whether a code is the same in capitals and in small letters. */
  readonly ignoreCase?: boolean;
}

/**
 * Adds codes to a pool, each encrypted. Leaves out codes that the program has in any pool, as a code can be
 * given once. Returns how many were added.
 */
export async function addCoupons(
  tx: Tx,
  { programId, itemId, ring, ignoreCase = false }: CouponPool,
  codes: readonly string[],
): Promise<CouponBatch> {
  const batchId = newId();
  const known = await knownUnderOldSecrets(tx, programId, ring, codes);
  const unlike = ignoreCase ? withoutTwins(codes, await knownFolded(tx, programId, ring, codes)) : codes;
  const data = unlike
    .filter((code) => !known.has(code))
    .map((code) => {
      const id = newId();
      const codeHash = couponHash(ring[0], programId, code);
      const foldedHash = foldedCouponHash(ring[0], programId, code);
      const sealedCode = seal(couponSealKey(ring, programId, id), code);
      return { programId, id, itemId, batchId, codeHash, foldedHash, sealedCode };
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
