import { z } from 'zod';
import { categoryOf, NOTICE_CATEGORIES, type NoticeKind } from '../../domain/notices/kinds.ts';
import type { NoticeParams } from '../../domain/notices/notice.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { urlOf } from '../../engine/notices/links.ts';
import { renderNotice } from '../../engine/notices/render.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import type { Notice } from '../../prisma/generated/client.ts';
import type { Services } from '../context.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { findMember } from '../trpc/lookups.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { inboxAnswer, type noticeAnswer, noticePreferencesAnswer, noticesReadAnswer } from './answers.ts';
import { preferencesOf, setPreference } from './preferences.ts';

const READ_MAX = 200;

const inboxInput = z.strictObject({
  ...pageFields,
  memberId: id,
  unread: z.boolean().default(false).meta({ description: 'Only unread notices.' }),
});

const readInput = z.strictObject({
  memberId: id,
  noticeIds: z
    .array(id)
    .min(1)
    .max(READ_MAX)
    .optional()
    .meta({ description: 'The notices of these ids; left out: all that the member has now.' }),
});

const preferenceInput = z.strictObject({
  memberId: id,
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
        'unread. Refuses with `member_unknown`.',
    })
    .input(inboxInput)
    .output(inboxAnswer)
    .query(async ({ ctx, input: { memberId, unread, ...input } }) => {
      const { services, programId } = ctx;
      const { db } = services;
      const member = await findMember(db, programId, memberId);
      const own = { programId, memberId, inInbox: true };
      const [rows, unreadCount, program, current] = await Promise.all([
        db.notice.findMany(newest({ ...own, ...(unread ? { readAt: null } : {}) }, input)),
        db.notice.count({ where: { ...own, readAt: null } }),
        db.program.findUniqueOrThrow({ where: { id: programId }, select: { name: true } }),
        policyInForce(db, programId),
      ]);
      const reader = { locale: member.locale, program: program.name, policy: current?.policy ?? null };
      const page = newestPage(rows, input, (row) => noticeView(row, reader, services));
      return { ...page, unread: unreadCount };
    }),

  markRead: mutation('members:write')
    .meta({
      rest: 'markNoticesRead POST /members/{memberId}/notices/read',
      doc:
        "Marks a member's notices as read. A notice that was read before keeps its time, and an id " +
        "that is none of the member's notices changes nothing. Refuses with `member_unknown`.",
    })
    .input(readInput)
    .output(noticesReadAnswer)
    .mutation(async ({ ctx, input: { memberId, noticeIds } }) => {
      const { tx, programId } = ctx;
      await findMember(tx, programId, memberId);
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
    .input(z.strictObject({ memberId: id }))
    .output(noticePreferencesAnswer)
    .query(async ({ ctx, input: { memberId } }) => {
      await findMember(ctx.services.db, ctx.programId, memberId);
      return await preferencesOf(ctx.services.db, ctx.programId, memberId);
    }),

  setPreference: mutation('members:write')
    .meta({
      rest: 'setNoticePreference PUT /members/{memberId}/notice-preferences',
      doc:
        'Sets whether a member wants e-mail of a category. This covers e-mails that are queued ' +
        'already, and leaves the other categories as they are. Returns all categories. Refuses with ' +
        '`member_unknown`.',
    })
    .input(preferenceInput)
    .output(noticePreferencesAnswer)
    .mutation(async ({ ctx, input: { memberId, category, email } }) => {
      const { tx, programId } = ctx;
      await findMember(tx, programId, memberId);
      const subscription = { programId, memberId, category };
      await setPreference(tx, subscription, email, new Date(ctx.services.now()));
      return await preferencesOf(tx, programId, memberId);
    }),
};

interface Reader {
  readonly locale: string;
  readonly program: string;
  readonly policy: Policy | null;
}

function noticeView(
  row: Notice,
  { locale, program, policy }: Reader,
  { settings, now }: Services,
): z.infer<typeof noticeAnswer> {
  const kind = row.kind as NoticeKind;
  const params = row.params as NoticeParams;
  const url = urlOf(kind, params, settings, now());
  const templates = policy?.notices?.templates;
  const { subject, text } = renderNotice({ kind, params, locale, program, templates, url });
  return {
    id: row.id,
    kind,
    category: categoryOf(kind),
    subject,
    text,
    url: url === '' ? null : url,
    params,
    createdAt: iso(row.createdAt),
    readAt: isoOrNull(row.readAt),
  };
}
