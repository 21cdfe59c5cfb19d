import { z } from 'zod';
import { EMAIL_STATES } from '../../domain/notices/email.ts';
import { audit } from '../../engine/audit/record.ts';
import { readMailbox } from '../../engine/notices/mailbox.ts';
import type { Tx } from '../../prisma/client.ts';
import type { NoticeEmail } from '../../prisma/generated/client.ts';
import { fail, notFound } from '../http/errors.ts';
import { decodePosition, encodePosition, pageOf, wholePage } from '../trpc/cursor.ts';
import { given } from '../trpc/given.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, note, nothing, pageFields } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { mailboxAnswer, noticeDeliveriesAnswer, noticeDeliveryAnswer } from './answers.ts';

const resolveInput = z.strictObject({
  noticeId: id,
  outcome: z
    .enum(['sent', 'resend'])
    .meta({ description: 'sent: of an e-mail in doubt. resend: of one in doubt, failed or given up.' }),
  note,
});

/** The procedures by which operators follow e-mails and settle those in doubt. */
export const deliveryProcedures = {
  deliveries: query()
    .meta({
      rest: 'listNoticeDeliveries GET /notices/deliveries',
      doc: 'Lists the e-mails of notices with their state, the newest first. It never shows an address.',
    })
    .input(
      z
        .strictObject({
          ...pageFields,
          state: z.enum(EMAIL_STATES).optional().meta({ description: 'Only e-mails in this state.' }),
        })
        .prefault({}),
    )
    .output(noticeDeliveriesAnswer)
    .query(async ({ ctx, input: { cursor, limit, state } }) => {
      const rows = await ctx.services.db.noticeEmail.findMany({
        where: { programId: ctx.programId, ...given({ state }), ...afterEmail(cursor) },
        orderBy: [{ createdAt: 'desc' }, { noticeId: 'desc' }],
        take: limit + 1,
        include: { notice: { select: { kind: true } } },
      });
      const cursorOf = (row: NoticeEmail) => encodePosition({ createdAt: row.createdAt, id: row.noticeId });
      return pageOf(rows, limit, cursorOf, deliveryView);
    }),

  resolve: mutation()
    .meta({
      rest: 'resolveNoticeDelivery POST /notices/{noticeId}/resolve',
      doc:
        'Settles an e-mail that is in doubt, as an operator says: it was sent, as the log of the ' +
        'mail server shows, or is sent again. An e-mail that failed or was given up can be sent ' +
        'again too. Refuses with `stage_forbids` for an e-mail in any other state, and with ' +
        '`not_found` for a notice without an e-mail.',
    })
    .input(resolveInput)
    .output(noticeDeliveryAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const { noticeId, outcome } = input;
      const row = await lockEmail(tx, programId, noticeId);
      const now = new Date(ctx.services.now());
      const where = { programId_noticeId_createdAt: { programId, noticeId, createdAt: row.createdAt } };
      const data =
        outcome === 'sent'
          ? { state: 'sent' as const, sentAt: now, reason: null }
          : { state: 'pending' as const, begunAt: null, reason: null, dueAt: now, queuedAt: now };
      if (row.state !== 'in_doubt' && (outcome === 'sent' || !['failed', 'given_up'].includes(row.state))) {
        throw fail('stage_forbids', `The e-mail is ${row.state.replaceAll('_', ' ')}.`);
      }
      const email = await tx.noticeEmail.update({
        where,
        data,
        include: { notice: { select: { kind: true } } },
      });
      const detail = { outcome, was: row.state, note: input.note ?? null };
      await audit(tx, { programId, actor, action: 'notice.resolved', subject: noticeId, detail });
      return deliveryView(email);
    }),

  mailbox: query()
    .meta({
      rest: 'getMailbox GET /notices/mailbox',
      doc:
        'Returns the e-mails that the local mailbox holds instead of sending them, the newest 200 of ' +
        'the program. Production has no mailbox, and refuses with `not_found`.',
    })
    .input(nothing)
    .output(mailboxAnswer)
    .query(async ({ ctx }) => {
      const { isDevelopment, dataDir } = ctx.services.settings;
      if (!isDevelopment) throw notFound('mailbox');
      const emails = await readMailbox(dataDir, ctx.programId);
      return wholePage(
        emails.map(({ noticeId, at, from, to, subject, text, html }) => {
          return { noticeId, at, from, to, subject, text, html };
        }),
      );
    }),
};

type DeliveryRow = NoticeEmail & { readonly notice: { readonly kind: string } };

const deliveryView = (row: DeliveryRow): z.infer<typeof noticeDeliveryAnswer> => ({
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

/** The condition for e-mails that come after the cursor. */
function afterEmail(cursor: string | null | undefined) {
  if (cursor === null || cursor === undefined) return {};
  const { createdAt, id: noticeId } = decodePosition(cursor);
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, noticeId: { lt: noticeId } }] };
}

interface LockedEmail {
  readonly state: string;
  readonly createdAt: Date;
}

async function lockEmail(tx: Tx, programId: string, noticeId: string): Promise<LockedEmail> {
  const [row] = await tx.$queryRaw<LockedEmail[]>`
    SELECT state::text, created_at AS "createdAt" FROM notice_emails
    WHERE program_id = ${programId}::uuid AND notice_id = ${noticeId}::uuid FOR NO KEY UPDATE`;
  if (row === undefined) throw notFound('e-mail');
  return row;
}
