import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type CapturedEmail, readMailbox } from '../../engine/notices/mailbox.ts';
import { escapeXml as text } from '../../platform/escape.ts';
import type { Services } from '../context.ts';
import { failInPages } from '../http/error-page.ts';
import { ApiError } from '../http/errors.ts';
import { sendPage } from '../http/page.ts';
import { MAILBOX_POLICY, noticePage } from './page.ts';

type EmailRequest = FastifyRequest<{ Params: { id: string } }>;

/** A letter of somebody's may look as it likes, and do nothing. */
const LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/**
 * The local mailbox in the browser, in development only: the e-mails of every program that were kept instead
 * of sent, without a key. In production the addresses do not exist.
 */
export function registerMailbox(app: FastifyInstance, { settings, metrics }: Services): void {
  if (!settings.isDevelopment) return;
  void app.register(async (scope) => {
    failInPages(scope, metrics);
    registerPages(scope, settings);
  });
}

function registerPages(app: FastifyInstance, settings: Services['settings']): void {
  const find = async (id: string): Promise<CapturedEmail> => {
    const email = (await readMailbox(settings.dataDir)).find(({ noticeId }) => noticeId === id);
    if (email === undefined) throw new ApiError('not_found', 'There is no such e-mail.');
    return email;
  };
  app.get('/mailbox', async (_req, reply) => html(reply, listPage(await readMailbox(settings.dataDir))));
  app.get('/mailbox/:id', async (req: EmailRequest, reply) =>
    html(reply, emailPage(await find(req.params.id))),
  );
  app.get('/mailbox/:id/body', async (req: EmailRequest, reply) =>
    html(reply, (await find(req.params.id)).html, LETTER_POLICY),
  );
  app.get('/mailbox/:id/raw', async (req: EmailRequest, reply) =>
    reply
      .headers({ 'content-type': 'message/rfc822', 'content-disposition': 'attachment; filename="mail.eml"' })
      .send((await find(req.params.id)).raw),
  );
}

function listPage(emails: readonly CapturedEmail[]): string {
  const rows = emails.map(({ noticeId, at, to, subject }) => {
    const when = text(at.slice(0, 19).replace('T', ' '));
    const link = `<a href="/mailbox/${text(noticeId)}">${text(subject)}</a>`;
    return `<tr><td>${when}</td><td>${text(to)}</td><td>${link}</td></tr>`;
  });
  const body =
    rows.length === 0
      ? '<p>No e-mail has been caught yet.</p>'
      : `<table><tr><th>When (UTC)</th><th>To</th><th>Subject</th></tr>${rows.join('\n')}</table>`;
  return noticePage('en', 'Local mailbox', body);
}

function emailPage({ noticeId, at, from, to, subject, text: plain }: CapturedEmail): string {
  const address = `/mailbox/${text(noticeId)}`;
  return noticePage(
    'en',
    subject,
    `<p>${text(at)}<br>From ${text(from)}<br>To ${text(to)}</p>
<iframe src="${address}/body" title="The e-mail as HTML" sandbox></iframe>
<pre>${text(plain)}</pre>
<p><a href="${address}/raw">The whole message (.eml)</a> · <a href="/mailbox">All e-mails</a></p>`,
  );
}

const html = (reply: FastifyReply, page: string, policy = MAILBOX_POLICY) => sendPage(reply, page, policy);
