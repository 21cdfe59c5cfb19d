import { z } from 'zod';
import { NOTICE_CATEGORIES } from '../../domain/notices/kinds.ts';
import { allows } from '../auth/auth.ts';
import { findMember } from '../trpc/lookups.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { MEMBER, oneMember } from '../trpc/which-member.ts';
import { inboxAnswer, noticePreferencesAnswer, noticesReadAnswer } from './answers.ts';
import { readInbox } from './inbox.ts';
import { preferencesOf, setPreference } from './preferences.ts';

const READ_MAX = 200;

/** A page of an inbox. */
export const inboxFields = {
  ...pageFields,
  unread: z.boolean().default(false).meta({ description: 'Only unread notices.' }),
};

const inboxInput = oneMember(MEMBER, inboxFields);

const readInput = oneMember(MEMBER, {
  noticeIds: z
    .array(id)
    .min(1)
    .max(READ_MAX)
    .optional()
    .meta({ description: 'The notices of these ids; left out: all that the member has now.' }),
});

const preferenceInput = oneMember(MEMBER, {
  category: z.enum(NOTICE_CATEGORIES).meta({ examples: ['engagement'] }),
  email: z.boolean().meta({ description: 'Whether the member wants e-mail of this category.' }),
});

/** The procedures on a member's inbox, and on what the member wants by e-mail. */
export const inboxProcedures = {
  inbox: query()
    .meta({
      rest: 'listNotices GET /members/{memberId}/notices',
      doc:
        "Lists a member's notices in the member's language, the newest first, and says how many are " +
        'unread. The address of a survey is in it, and in its text, for who has the scope ' +
        '`members:write`: there one answers for the member. Refuses with `member_unknown`.',
    })
    .input(inboxInput)
    .output(inboxAnswer)
    .query(async ({ ctx, input: { memberId, externalId, ...input } }) => {
      const member = await findMember(ctx.services.db, ctx.programId, { memberId, externalId });
      const mayAct = allows(ctx.principal, 'members:write');
      return await readInbox(ctx.services, member, { ...input, mayAct });
    }),

  markRead: mutation()
    .meta({
      rest: 'markNoticesRead POST /members/{memberId}/notices/read',
      doc:
        "Marks a member's notices as read. A notice that was read before keeps its time, and an id " +
        "that is none of the member's notices changes nothing. Refuses with `member_unknown`.",
    })
    .input(readInput)
    .output(noticesReadAnswer)
    .mutation(async ({ ctx, input: { noticeIds, ...named } }) => {
      const { tx, programId } = ctx;
      const { id: memberId } = await findMember(tx, programId, named);
      const which = noticeIds === undefined ? {} : { id: { in: noticeIds } };
      const { count } = await tx.notice.updateMany({
        where: { programId, memberId, inInbox: true, readAt: null, ...which },
        data: { readAt: new Date(ctx.services.now()) },
      });
      const unread = await tx.notice.count({ where: { programId, memberId, inInbox: true, readAt: null } });
      return { read: count, unread };
    }),

  preferences: query()
    .meta({
      rest: 'getNoticePreferences GET /members/{memberId}/notice-preferences',
      doc:
        'Returns for each category whether a member wants e-mail of it; yes where nobody has said ' +
        'otherwise. Refuses with `member_unknown`.',
    })
    .input(oneMember(MEMBER, {}))
    .output(noticePreferencesAnswer)
    .query(async ({ ctx, input }) => {
      const { id: memberId } = await findMember(ctx.services.db, ctx.programId, input);
      return await preferencesOf(ctx.services.db, ctx.programId, memberId);
    }),

  setPreference: mutation()
    .meta({
      rest: 'setNoticePreference PUT /members/{memberId}/notice-preferences',
      doc:
        'Sets whether a member wants e-mail of a category. This covers e-mails that are queued ' +
        'already, and leaves the other categories as they are. Returns all categories. Refuses with ' +
        '`member_unknown`.',
    })
    .input(preferenceInput)
    .output(noticePreferencesAnswer)
    .mutation(async ({ ctx, input: { category, email, ...named } }) => {
      const { tx, programId } = ctx;
      const { id: memberId } = await findMember(tx, programId, named);
      const subscription = { programId, memberId, category };
      await setPreference(tx, subscription, email, new Date(ctx.services.now()));
      return await preferencesOf(tx, programId, memberId);
    }),
};
