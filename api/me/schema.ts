import { z } from 'zod';
import { badgeAnswer } from '../badges/schema.ts';
import { balanceAnswer } from '../balances/schema.ts';
import { boardAnswer, memberStandingAnswer, ownLineAnswer } from '../leaderboards/schema.ts';
import { linkAnswer } from '../links/schema.ts';
import { memberAnswer } from '../members/schema.ts';
import { noticeAnswer } from '../notices/answers.ts';
import { redemptionAnswer, requestedRedemptionAnswer } from '../redemptions/schema.ts';
import { referralAnswer } from '../referrals/schema.ts';
import { rewardAnswer } from '../rewards/schema.ts';
import { surveyAnswer, surveyLinkAnswer } from '../surveys/answers.ts';
import { idAnswer, pageAnswer } from '../trpc/answers.ts';

/*
 * What members see of the answers that operators get: lists of what is shown, so that a field which an answer
 * gets later stays hidden until somebody adds it here.
 */

export const myProfileAnswer = memberAnswer
  .pick({ id: true, externalId: true, displayName: true, locale: true, referralCode: true })
  .extend({ mayRedeem: z.boolean().meta({ description: 'Whether the token has the claim `redeem`.' }) })
  .meta({ id: 'MyProfile', description: 'The member whose token it is.' });

export const myLinkAnswer = linkAnswer
  .pick({
    id: true,
    code: true,
    url: true,
    kind: true,
    status: true,
    campaign: true,
    destination: true,
    expiresAt: true,
    createdAt: true,
  })
  .meta({ id: 'MyLink', description: 'An address that the member shares.' });

export const myReferralAnswer = referralAnswer
  .pick({
    id: true,
    linkId: true,
    stage: true,
    issuedAt: true,
    signedUpAt: true,
    qualifiedAt: true,
    endedAt: true,
    createdAt: true,
  })
  .meta({ id: 'MyReferral', description: 'That the member brought somebody; it does not say whom.' });

export const myRewardAnswer = rewardAnswer
  .pick({
    id: true,
    source: true,
    referralId: true,
    kind: true,
    label: true,
    amount: true,
    reversed: true,
    status: true,
    grantedAt: true,
    maturesAt: true,
    expiresAt: true,
    createdAt: true,
  })
  .meta({ id: 'MyReward', description: 'What the member got: credit, a badge or a perk.' });

export const myBalanceAnswer = balanceAnswer
  .pick({ unit: true, pending: true, available: true, reserved: true, owed: true })
  .meta({ id: 'MyBalance', description: 'What the member has in one unit.' });

export const myRedemptionAnswer = redemptionAnswer
  .pick({
    id: true,
    amount: true,
    itemId: true,
    fee: true,
    payout: true,
    method: true,
    status: true,
    createdAt: true,
    updatedAt: true,
  })
  .meta({ id: 'MyRedemption', description: "A payment or an item out of the member's balance." });

/** What the member is told of the decision on a redemption. */
export const myOutcomeAnswer = z
  .strictObject({
    decision: z.enum(['accepted', 'refused']),
    code: z.string().exactOptional().meta({ description: 'Why not, for machines.' }),
    message: z.string().exactOptional().meta({ description: 'Why not, in a sentence.' }),
  })
  .meta({ id: 'MyOutcome', examples: [{ decision: 'accepted' }] });

export const myRequestAnswer = requestedRedemptionAnswer
  .pick({ redemptionId: true, eventId: true, status: true })
  .extend({
    outcome: myOutcomeAnswer.nullable().meta({
      description: 'Null until it is decided whether the balance and the stock suffice.',
      examples: [null],
    }),
  })
  .meta({ id: 'MyRedemptionRequest' });

export const myBadgeAnswer = badgeAnswer
  .pick({
    id: true,
    rewardId: true,
    achievementId: true,
    status: true,
    issuedAt: true,
    url: true,
    shareUrl: true,
    svgUrl: true,
    pngUrl: true,
  })
  .meta({ id: 'MyBadge', description: 'A signed credential for a badge that the member earned.' });

export const myLineAnswer = ownLineAnswer
  .pick({ rank: true, score: true, reachedAt: true, trend: true, members: true, percentile: true })
  .meta({ id: 'MyLeaderboardLine' });

export const myRankAnswer = boardAnswer
  .pick({ slug: true, name: true, metric: true, unit: true, period: true })
  .extend({
    boardId: idAnswer,
    window: memberStandingAnswer.shape.window
      .nullable()
      .meta({ description: 'The ranking that is now; null: no season is under way.', examples: ['2026-01'] }),
    members: memberStandingAnswer.shape.members,
    me: myLineAnswer.nullable().meta({ description: 'Null when the member has no score.' }),
  })
  .meta({ id: 'MyRank', description: "The member's rank on one leaderboard." });

export const myNoticeAnswer = noticeAnswer
  .pick({
    id: true,
    kind: true,
    category: true,
    subject: true,
    text: true,
    url: true,
    createdAt: true,
    readAt: true,
  })
  .meta({ id: 'MyNotice', description: 'What the member is told in the inbox.' });

export const myInboxAnswer = pageAnswer(myNoticeAnswer)
  .extend({
    unread: z.number().int().meta({ description: 'How many notices of the member are unread, on any page.' }),
  })
  .meta({ id: 'MyNoticeInbox' });

export const mySurveyAnswer = surveyAnswer
  .pick({ id: true, ruleId: true, occasion: true, status: true, askedAt: true, closesAt: true })
  .extend({ url: surveyLinkAnswer.shape.url.meta({ description: 'Where the member answers.' }) })
  .meta({ id: 'MySurvey', description: 'A survey that the member may answer now.' });
