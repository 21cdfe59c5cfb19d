import { z } from 'zod';
import { EMAIL_STATES } from '../../domain/notices/email.ts';
import { categoryOf, NOTICE_CATEGORIES, type NoticeKind } from '../../domain/notices/kinds.ts';
import type { NoticeParams } from '../../domain/notices/notice.ts';
import type { Policy } from '../../domain/policies/policy.ts';
import { audit } from '../../engine/audit/record.ts';
import { urlOf } from '../../engine/notices/links.ts';
import { readMailbox } from '../../engine/notices/mailbox.ts';
import { renderNotice } from '../../engine/notices/render.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Notice, NoticeEmail } from '../../prisma/generated/client.ts';
import type { Services } from '../context.ts';
import { fail, notFound } from '../http/errors.ts';
import { after, decodePosition, encodePosition, newestFirst, pageOf } from '../trpc/cursor.ts';
import { findMember } from '../trpc/lookups.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { id, note, nothing, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { preferencesOf, setPreference } from './preferences.ts';

const READ_MAX = 200;

const inboxInput = z.strictObject({ ...pageFields, memberId: id, unread: z.boolean().default(false) });

/** These notices, or all that the member has now. */
const readInput = z.strictObject({ memberId: id, noticeIds: z.array(id).min(1).max(READ_MAX).optional() });

const preferenceInput = z.strictObject({
  memberId: id,
  category: z.enum(NOTICE_CATEGORIES),
  email: z.boolean(),
});

export const noticesRouter = router({
  /** A member's notices in the member's language, the newest first, and how many are unread. */
  inbox: query()
    .input(inboxInput)
    .query(async ({ ctx, input: { memberId, cursor, limit, unread } }) => {
      const { services, programId } = ctx;
      const { db } = services;
      const member = await findMember(db, programId, memberId);
      const own = { programId, memberId, inInbox: true };
      const [rows, unreadCount, program, current] = await Promise.all([
        db.notice.findMany({
          where: { ...own, ...(unread ? { readAt: null } : {}), ...after(cursor) },
          orderBy: newestFirst(),
          take: limit + 1,
        }),
        db.notice.count({ where: { ...own, readAt: null } }),
        db.program.findUniqueOrThrow({ where: { id: programId }, select: { name: true } }),
        policyInForce(db, programId),
      ]);
      const reader = { locale: member.locale, program: program.name, policy: current?.policy ?? null };
      const page = pageOf(rows, limit, encodePosition, (row) => noticeView(row, reader, services));
      return { ...page, unread: unreadCount };
    }),

  /** Marks notices as read. One that was read before keeps its time. */
  markRead: mutation('members:write')
    .input(readInput)
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

  /** Of which categories a member wants e-mail. */
  preferences: query()
    .input(z.strictObject({ memberId: id }))
    .query(async ({ ctx, input: { memberId } }) => {
      await findMember(ctx.services.db, ctx.programId, memberId);
      return await preferencesOf(ctx.services.db, ctx.programId, memberId);
    }),

  /** Sets whether a member wants e-mail of a category; at once, for what is queued already too. */
  setPreference: mutation('members:write')
    .input(preferenceInput)
    .mutation(async ({ ctx, input: { memberId, category, email } }) => {
      const { tx, programId } = ctx;
      await findMember(tx, programId, memberId);
      const subscription = { programId, memberId, category };
      await setPreference(tx, subscription, email, new Date(ctx.services.now()));
      return await preferencesOf(tx, programId, memberId);
    }),

  /** E-mails and how far each has got, the newest first; of one state when asked. Never an address. */
  deliveries: query()
    .input(z.strictObject({ ...pageFields, state: z.enum(EMAIL_STATES).optional() }).prefault({}))
    .query(async ({ ctx, input: { cursor, limit, state } }) => {
      const rows = await ctx.services.db.noticeEmail.findMany({
        where: {
          programId: ctx.programId,
          ...(state === undefined ? {} : { state }),
          ...afterEmail(cursor),
        },
        orderBy: [{ createdAt: 'desc' }, { noticeId: 'desc' }],
        take: limit + 1,
        include: { notice: { select: { kind: true } } },
      });
      const cursorOf = (row: NoticeEmail) => encodePosition({ createdAt: row.createdAt, id: row.noticeId });
      return pageOf(rows, limit, cursorOf, deliveryView);
    }),

  /**
   * An operator's word on an e-mail that is in doubt: it was sent, as the mail server's log says, or it is to
   * be sent again. One that failed or was given up can be sent again too.
   */
  resolve: mutation('notices:write')
    .input(z.strictObject({ noticeId: id, outcome: z.enum(['sent', 'resend']), note }))
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const { noticeId, outcome } = input;
      const row = await lockEmail(tx, programId, noticeId);
      const now = new Date(ctx.services.now());
      const where = { programId_noticeId: { programId, noticeId } };
      const data =
        outcome === 'sent'
          ? { state: 'sent' as const, sentAt: now, reason: null }
          : { state: 'pending' as const, begunAt: null, reason: null, dueAt: now, queuedAt: now };
      if (row.state !== 'in_doubt' && (outcome === 'sent' || !['failed', 'given_up'].includes(row.state)))
        throw fail('stage_forbids', `The e-mail is ${row.state.replaceAll('_', ' ')}.`);
      const changed = await tx.noticeEmail.update({
        where,
        data,
        include: { notice: { select: { kind: true } } },
      });
      const detail = { outcome, was: row.state, note: input.note ?? null };
      await audit(tx, { programId, actor, action: 'notice.resolved', subject: noticeId, detail });
      return deliveryView(changed);
    }),

  /** What the local mailbox has caught instead of sending it. In production there is none. */
  mailbox: query()
    .input(nothing)
    .query(async ({ ctx }) => {
      const { isDevelopment, dataDir } = ctx.services.settings;
      if (!isDevelopment) throw notFound('mailbox');
      const emails = await readMailbox(dataDir, ctx.programId);
      return {
        items: emails.map(({ noticeId, at, from, to, subject, text, html }) => ({
          noticeId,
          at,
          from,
          to,
          subject,
          text,
          html,
        })),
      };
    }),
});

interface Reader {
  readonly locale: string;
  readonly program: string;
  readonly policy: Policy | null;
}

function noticeView(row: Notice, { locale, program, policy }: Reader, { settings, now }: Services) {
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

const deliveryView = (row: NoticeEmail & { readonly notice: { readonly kind: string } }) => ({
  noticeId: row.noticeId,
  memberId: row.memberId,
  kind: row.notice.kind,
  category: row.category,
  state: row.state,
  reason: row.reason,
  attempts: row.attempts,
  messageId: row.messageId,
  dueAt: iso(row.dueAt),
  sentAt: isoOrNull(row.sentAt),
  createdAt: iso(row.createdAt),
});

/** The condition for "further on than the cursor" in a list of e-mails. */
function afterEmail(cursor: string | null | undefined) {
  if (cursor === null || cursor === undefined) return {};
  const { createdAt, id: noticeId } = decodePosition(cursor);
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, noticeId: { lt: noticeId } }] };
}

async function lockEmail(tx: Tx, programId: string, noticeId: string): Promise<{ state: string }> {
  const [row] = await tx.$queryRaw<{ state: string }[]>`
    SELECT state::text FROM notice_emails
    WHERE program_id = ${programId}::uuid AND notice_id = ${noticeId}::uuid FOR NO KEY UPDATE`;
  if (row === undefined) throw notFound('e-mail');
  return row;
}
