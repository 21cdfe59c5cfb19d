import { z } from 'zod';
import { readBadges } from '../badges/read.ts';
import { readBalances } from '../balances/read.ts';
import { readRedemptions } from '../redemptions/read.ts';
import { readReferrals } from '../referrals/read.ts';
import { readRewards } from '../rewards/read.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { memberQuery } from '../trpc/procedures.ts';
import { mine, minePage } from './input.ts';
import {
  myBadgeAnswer,
  myBalanceAnswer,
  myRedemptionAnswer,
  myReferralAnswer,
  myRewardAnswer,
} from './schema.ts';
import { seenPage } from './seen.ts';

/** Whom the member brought, what that earned, and what became of it. */
export const earningProcedures = {
  referrals: memberQuery()
    .meta({
      rest: 'listMyReferrals GET /programs/{programId}/me/referrals',
      doc:
        'Lists the referrals that the member made, the newest first. It does not say whom they brought, ' +
        'nor that one is under review: such a referral reads `signed_up`.',
    })
    .input(minePage)
    .output(pageAnswer(myReferralAnswer))
    .query(async ({ ctx: { services, programId, member }, input: { programId: _, ...page } }) => {
      const referrals = await readReferrals(services.db, { programId, referrerId: member.id }, page);
      const { items, nextCursor } = seenPage(myReferralAnswer, referrals);
      return { items: items.map(withoutReview), nextCursor };
    }),

  rewards: memberQuery()
    .meta({
      rest: 'listMyRewards GET /programs/{programId}/me/rewards',
      doc: "Lists the member's rewards, the newest first.",
    })
    .input(minePage)
    .output(pageAnswer(myRewardAnswer))
    .query(async ({ ctx: { services, programId, member }, input: { programId: _, ...page } }) =>
      seenPage(myRewardAnswer, await readRewards(services.db, { programId, memberId: member.id }, page)),
    ),

  balances: memberQuery()
    .meta({
      rest: 'listMyBalances GET /programs/{programId}/me/balances',
      doc: "Lists the member's balances, one a unit; none when nothing was ever granted.",
    })
    .input(z.strictObject(mine))
    .output(pageAnswer(myBalanceAnswer))
    .query(async ({ ctx: { services, programId, member } }) =>
      seenPage(myBalanceAnswer, await readBalances(services.db, programId, member.id)),
    ),

  redemptions: memberQuery()
    .meta({
      rest: 'listMyRedemptions GET /programs/{programId}/me/redemptions',
      doc: "Lists the member's redemptions, the newest first, without where they are paid to.",
    })
    .input(minePage)
    .output(pageAnswer(myRedemptionAnswer))
    .query(async ({ ctx: { services, programId, member }, input: { programId: _, ...page } }) =>
      seenPage(
        myRedemptionAnswer,
        await readRedemptions(services.db, programId, { ...page, memberId: member.id }),
      ),
    ),

  badges: memberQuery()
    .meta({
      rest: 'listMyBadges GET /programs/{programId}/me/badges',
      doc: "Lists the credentials of the member's badges, the newest first.",
    })
    .input(minePage)
    .output(pageAnswer(myBadgeAnswer))
    .query(async ({ ctx: { services, programId, member }, input: { programId: _, ...page } }) =>
      seenPage(myBadgeAnswer, await readBadges(services, programId, { ...page, memberId: member.id })),
    ),
};

/** Whoever cheats is not told that somebody looks. */
const withoutReview = (referral: z.infer<typeof myReferralAnswer>): z.infer<typeof myReferralAnswer> =>
  referral.stage === 'in_review' ? { ...referral, stage: 'signed_up', qualifiedAt: null } : referral;
