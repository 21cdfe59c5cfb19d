import { findMember } from '../trpc/lookups.ts';
import { scoped } from '../trpc/procedures.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import { promote } from './promote.ts';
import { promotionAnswer } from './schema.ts';

/** The procedure about a friend's discount. */
export const promotionProcedures = {
  // What is made goes by the member and the settings, so a repeat needs no key.
  promotionCode: scoped()
    .meta({
      rest: 'createPromotionCode POST /members/{memberId}/promotion-code',
      doc:
        "Makes sure that the member's referral code is an active promotion code at Stripe, of the coupon " +
        'in `friendCoupon`, and returns which. A repeat returns the same, and makes nothing new until the ' +
        'settings change. Refusals: `member_unknown`; `not_found` when the program reads no events of ' +
        'Stripe; `coupon_missing`, `coupon_unusable`, `code_taken`, `code_inactive`, `link_inactive`, ' +
        '`program_ended`; `provider_refused` without a key that may read coupons and write promotion ' +
        'codes; `provider_unavailable`.',
      idempotency: 'none',
    })
    .input(oneMember(MEMBER, {}))
    .output(promotionAnswer)
    .mutation(async ({ ctx: { services, programId, actor }, input }) =>
      promote(services, { programId, actor, member: await findMember(services.db, programId, input) }),
    ),
};
