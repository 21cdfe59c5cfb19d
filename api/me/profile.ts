import { z } from 'zod';
import { hostIdOf } from '../../domain/members/host-id.ts';
import { readRanks } from '../leaderboards/ranks.ts';
import { readLinks } from '../links/read.ts';
import { readInbox } from '../notices/inbox.ts';
import { inboxFields } from '../notices/inbox-procedures.ts';
import { readOpenSurveys } from '../surveys/read.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { memberQuery } from '../trpc/procedures.ts';
import { mine, minePage } from './input.ts';
import {
  myInboxAnswer,
  myLineAnswer,
  myLinkAnswer,
  myNoticeAnswer,
  myProfileAnswer,
  myRankAnswer,
  mySurveyAnswer,
} from './schema.ts';
import { seen, seenPage } from './seen.ts';

/** Who the member is, and what they share, are told and are asked. */
export const profileProcedures = {
  get: memberQuery()
    .meta({
      rest: 'getMe GET /programs/{programId}/me',
      doc: 'Returns who the member of the token is, and whether they may redeem with it.',
    })
    .input(z.strictObject(mine))
    .output(myProfileAnswer)
    .query(({ ctx: { member, mayRedeem } }) =>
      seen(myProfileAnswer, { ...member, externalId: hostIdOf(member), mayRedeem }),
    ),

  links: memberQuery()
    .meta({
      rest: 'listMyLinks GET /programs/{programId}/me/links',
      doc: "Lists the member's links, shared and personal, the newest first.",
    })
    .input(minePage)
    .output(pageAnswer(myLinkAnswer))
    .query(async ({ ctx: { services, programId, member }, input: { programId: _, ...page } }) =>
      seenPage(myLinkAnswer, await readLinks(services, programId, { ...page, memberId: member.id })),
    ),

  notices: memberQuery()
    .meta({
      rest: 'listMyNotices GET /programs/{programId}/me/notices',
      doc: "Lists the member's notices in their language, the newest first, and says how many are unread.",
    })
    .input(z.strictObject({ ...mine, ...inboxFields }))
    .output(myInboxAnswer)
    .query(async ({ ctx: { services, member }, input: { programId: _, ...page } }) => {
      const { unread, ...notices } = await readInbox(services, member, { ...page, mayAct: true });
      return { ...seenPage(myNoticeAnswer, notices), unread };
    }),

  ranks: memberQuery()
    .meta({
      rest: 'listMyRanks GET /programs/{programId}/me/ranks',
      doc: "Lists the member's rank on each leaderboard of the program, in the ranking that is now.",
    })
    .input(z.strictObject(mine))
    .output(pageAnswer(myRankAnswer))
    .query(async ({ ctx: { services, programId, member } }) => {
      const { items, nextCursor } = await readRanks(services, programId, member.id);
      return {
        items: items.map(({ me, ...rank }) => ({ ...rank, me: me && seen(myLineAnswer, me) })),
        nextCursor,
      };
    }),

  surveys: memberQuery()
    .meta({
      rest: 'listMySurveys GET /programs/{programId}/me/surveys',
      doc: 'Lists the surveys that the member may answer now, each with a link where they answer it.',
    })
    .input(minePage)
    .output(pageAnswer(mySurveyAnswer))
    .query(async ({ ctx: { services, programId, member }, input: { programId: _, ...page } }) =>
      seenPage(mySurveyAnswer, await readOpenSurveys(services, { programId, memberId: member.id }, page)),
    ),
};
