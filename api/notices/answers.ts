import { z } from 'zod';
import type { MoneyJson } from '../../domain/money.ts';
import { EMAIL_STATES } from '../../domain/notices/email.ts';
import { NOTICE_CATEGORIES, NOTICE_KINDS } from '../../domain/notices/kinds.ts';
import { idAnswer, pageAnswer, timeAnswer } from '../trpc/answers.ts';

const category = z.enum(NOTICE_CATEGORIES).meta({
  description: 'service: answers what the member asked for, or says that something was taken back.',
  examples: ['engagement'],
});

/** Stored in the form of its time, so nothing inside it is checked. */
const params = z.record(z.string(), z.custom<string | number | MoneyJson>());

export const noticeAnswer = z
  .strictObject({
    id: idAnswer,
    kind: z.enum(NOTICE_KINDS).meta({ examples: ['referral.signed_up'] }),
    category,
    subject: z.string().meta({ examples: ['A friend of yours has joined'] }),
    text: z.string().meta({ description: 'Plain text, in the language of the member.' }),
    url: z.string().nullable().meta({ description: 'Where the member reads or does more; null: nowhere.' }),
    params: params.readonly().meta({
      description: 'What the text is made from: ids, amounts, counts, names of the program.',
      examples: [{ nth: 3 }],
    }),
    createdAt: timeAnswer,
    readAt: timeAnswer.nullable().meta({ description: 'Null: unread.' }),
  })
  .meta({ id: 'Notice', description: 'What a member is told in the inbox.' });

export const inboxAnswer = pageAnswer(noticeAnswer)
  .extend({
    unread: z.number().int().meta({ description: 'How many notices of the member are unread, on any page.' }),
  })
  .meta({ id: 'NoticeInbox' });

export const noticesReadAnswer = z
  .strictObject({
    read: z.number().int().meta({ description: 'How many notices this call marked.' }),
    unread: z.number().int().meta({ description: 'How many notices are still unread.' }),
  })
  .meta({ id: 'NoticeReading' });

export const noticePreferencesAnswer = z
  .strictObject({
    items: z
      .array(
        z
          .strictObject({
            category,
            email: z.boolean().meta({ description: 'Whether the member wants e-mail.' }),
          })
          .meta({ id: 'NoticePreference' }),
      )
      .readonly(),
  })
  .meta({ id: 'NoticePreferences' });

export const noticeDeliveryAnswer = z
  .strictObject({
    noticeId: idAnswer,
    memberId: idAnswer,
    kind: z.string().meta({ description: 'The kind of the notice.', examples: ['reward.granted'] }),
    category,
    state: z.enum(EMAIL_STATES).meta({ examples: ['suppressed'] }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it is in this state, such as `unsubscribed`.', examples: ['unsubscribed'] }),
    attempts: z.number().int(),
    messageId: z.string().nullable().meta({ description: 'Its `Message-ID`, from the first attempt on.' }),
    dueAt: timeAnswer.meta({ description: 'When it is to leave, or to be tried again.' }),
    sentAt: timeAnswer.nullable(),
    createdAt: timeAnswer,
  })
  .meta({ id: 'NoticeDelivery', description: 'The e-mail of a notice. It never shows an address.' });

export const noticeDeliveriesAnswer = pageAnswer(noticeDeliveryAnswer);

const mailboxEmailAnswer = z
  .strictObject({
    noticeId: idAnswer,
    at: timeAnswer,
    from: z.string(),
    to: z.string(),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
  })
  .meta({ id: 'MailboxEmail' });

export const mailboxAnswer = pageAnswer(mailboxEmailAnswer);
