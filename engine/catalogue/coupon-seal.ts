import { foldCode } from '../../domain/catalogue/coupon-code.ts';
import { keyedHash } from '../../platform/hash.ts';
import { type SealKey, type SealRing, unseal } from '../../platform/seal.ts';

/** What a code is sealed with: it opens only in its own row. */
export const couponSealKey = (ring: SealRing, programId: string, id: string): SealKey => ({
  ring,
  purpose: 'coupon code',
  owner: `${programId}/${id}`,
});

/** By which a code is found to be in the program already; a text that only the secret's holder can make. */
export const couponHash = (secret: string, programId: string, code: string): string =>
  keyedHash(secret, `coupon ${programId} ${code}`);

/** By which a code is found however it is written. */
export const foldedCouponHash = (secret: string, programId: string, code: string): string =>
  keyedHash(secret, `folded coupon ${programId} ${foldCode(code)}`);

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
