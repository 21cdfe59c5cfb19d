import MailComposer from 'nodemailer/lib/mail-composer';
import type Mail from 'nodemailer/lib/mailer';
import { escapeXml } from '../../platform/escape.ts';
import type { MailFrom } from '../../platform/sender.ts';
import type { ClaimedEmail } from './claim.ts';
import { type LinkSettings, unsubscribeUrl, urlOf } from './links.ts';
import { formatMessage } from './message-format.ts';
import { languageOf, renderNotice } from './render.ts';

/** An e-mail as it is handed over. */
export interface OutgoingEmail {
  /** Null: it is about somebody's account here, and belongs to no program. */
  readonly programId: string | null;
  /** The notice's id, or that of the e-mail itself. */
  readonly noticeId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly raw: Buffer;
}

/** Longer subjects are cut by many readers, and some servers refuse long header lines. */
const SUBJECT_LENGTH_MAX = 200;
const LINK = /https?:\/\/[^\s<>"]+/g;

/**
 * Makes the e-mail of a claimed notice: text and HTML, in the member's language, with one-click unsubscribing
 * (RFC 8058).
 */
export async function composeEmail(
  email: ClaimedEmail,
  from: MailFrom,
  links: LinkSettings,
  now_ms: number,
): Promise<OutgoingEmail> {
  const { programId, noticeId, kind, params, program, address: to } = email;
  const templates = email.policy.notices?.templates;
  const url = urlOf(kind, params, links, now_ms);
  const rendered = renderNotice({ kind, params, locale: email.locale, program, templates, url });
  const unsubscribe = unsubscribeUrl(email, links);
  const { language, locale } = languageOf(email.locale);
  const because = formatMessage(language.because, locale, { program });
  const footer = `${because}\n${formatMessage(language.unsubscribe, locale, { url: unsubscribe })}`;
  const text = `${rendered.text}\n\n-- \n${footer}\n`;
  const html = htmlOf(rendered, footer);
  return await makeEmail({
    ...{ programId, noticeId, to, text, html, now_ms },
    from: { name: from.name ?? program, address: from.address },
    subject: rendered.subject,
    messageId: email.messageId,
    headers: {
      'List-Unsubscribe': { prepared: true, value: `<${unsubscribe}>` },
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  });
}

/** What an e-mail says, before it is in the form of a message. */
export interface EmailDraft extends Pick<OutgoingEmail, 'programId' | 'noticeId' | 'to' | 'text' | 'html'> {
  readonly from: { readonly name: string; readonly address: string };
  /** Cut where it is too long. */
  readonly subject: string;
  /** Without its brackets. */
  readonly messageId: string;
  readonly headers?: Mail.Options['headers'];
  readonly now_ms: number;
}

/** Makes the message of an e-mail, which says of itself that no person sent it. */
export async function makeEmail(draft: EmailDraft): Promise<OutgoingEmail> {
  const { programId, noticeId, from, to, text, html, messageId, headers, now_ms } = draft;
  const subject = [...draft.subject].slice(0, SUBJECT_LENGTH_MAX).join('');
  const mail = new MailComposer({
    from,
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId: `<${messageId}>`,
    date: new Date(now_ms),
    disableFileAccess: true,
    disableUrlAccess: true,
    // RFC 3834: out-of-office replies are not for us.
    headers: { ...headers, 'Auto-Submitted': 'auto-generated' },
  });
  const raw = await mail.compile().build();
  return { programId, noticeId, from: from.address, to, subject, text, html, raw };
}

const BODY_STYLE =
  'font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere';

/** A text in HTML: paragraphs and links, and everything that anybody wrote escaped. */
export function htmlOf(
  { text, locale }: { readonly text: string; readonly locale: string },
  footer: string,
): string {
  const paragraphs = text.split(/\n{2,}/).map((part) => `<p>${linesOf(part)}</p>`);
  return `<!doctype html>
<html lang="${escapeXml(locale)}"><head><meta charset="utf-8"></head>
<body style="${BODY_STYLE}">
${paragraphs.join('\n')}
<hr>
<p style="font-size:13px;color:#667">${linesOf(footer)}</p>
</body></html>
`;
}

function linesOf(text: string): string {
  let end = 0;
  const parts: string[] = [];
  for (const { 0: url, index } of text.matchAll(LINK)) {
    parts.push(escapeXml(text.slice(end, index)), `<a href="${escapeXml(url)}">${escapeXml(url)}</a>`);
    end = index + url.length;
  }
  return [...parts, escapeXml(text.slice(end))].join('').replaceAll('\n', '<br>');
}
