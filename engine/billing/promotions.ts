import type { Database, Tx } from '../../prisma/client.ts';
import type { BillingPromotion } from '../../prisma/generated/client.ts';
import { lockMembers } from '../members/lock.ts';

type Owner = Pick<BillingPromotion, 'programId' | 'memberId'>;

/** What was made of a member's referral code at the provider, and when it was seen there. */
export type SeenPromotion = Pick<
  BillingPromotion,
  'programId' | 'memberId' | 'promotionCodeId' | 'coupon' | 'firstOrder' | 'checkedAt'
>;

/** The promotion code on record for a member, or null. */
export const findPromotion = (
  db: Database,
  { programId, memberId }: Owner,
): Promise<BillingPromotion | null> =>
  db.billingPromotion.findUnique({ where: { programId_memberId: { programId, memberId } } });

/**
 * Puts on record which promotion code a member's referral code is. Returns whether that is news. What was
 * seen earlier than what is on record changes nothing.
 */
export async function recordPromotion(tx: Tx, seen: SeenPromotion): Promise<boolean> {
  const { programId, memberId, promotionCodeId, checkedAt } = seen;
  await lockMembers(tx, programId, [memberId]);
  const where = { programId_memberId: { programId, memberId } };
  const earlier = await tx.billingPromotion.findUnique({ where });
  if (earlier !== null && earlier.checkedAt > checkedAt) return false;
  const isNew = earlier?.promotionCodeId !== promotionCodeId;
  const update = isNew ? { ...seen, madeAt: checkedAt } : { checkedAt };
  const create = { ...seen, madeAt: checkedAt };
  await tx.billingPromotion.upsert({ where, create, update, select: { memberId: true } });
  return isNew;
}
