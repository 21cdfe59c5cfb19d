import type { Provider } from './provider.ts';

/** The code was set aside with the balance; it is the member's from here on. */
export const coupon: Provider = async ({ db }, { programId, redemptionId }) => {
  const code = await db.couponCode.findFirst({ where: { programId, redemptionId }, select: { id: true } });
  return code === null
    ? { result: 'operator', reason: 'no code is set aside' }
    : { result: 'paid', ref: `coupon:${code.id}` };
};
