import { createMailboxMailer } from '../../engine/notices/mailbox.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Config } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import { type MailFrom, parseSender } from '../../platform/sender.ts';
import type { Database } from '../../prisma/client.ts';
import type { Loop } from '../loop.ts';
import type { WorkerMetrics } from '../metrics.ts';
import { startMailSender } from './sender.ts';
import { createSmtpMailer } from './smtp.ts';

const NOBODY: MailFrom = { address: 'notices@localhost', name: null };

interface Parts {
  readonly db: Database;
  readonly policies: Policies;
  readonly log: Log;
  readonly metrics: WorkerMetrics;
}

/** Starts the sender of notices' e-mails, as the configuration says. */
export function startMail(config: Config, mailer: Mailer | null, parts: Parts): Loop {
  const links = { publicUrl: config.public_url, linkSecret: config.LINK_SECRET };
  const { db, policies, log, metrics } = parts;
  return startMailSender({ db, policies, log, metrics, links, mailer, now: Date.now });
}

/**
 * Chooses how e-mails leave: by the configured mail server, else into the local mailbox, or, in production,
 * not at all.
 */
export function createMailer(config: Config, log: Log): Mailer | null {
  const from = (config.MAIL_FROM === undefined ? null : parseSender(config.MAIL_FROM)) ?? NOBODY;
  if (config.SMTP_URL !== undefined) return createSmtpMailer(config.SMTP_URL, from);
  if (config.NODE_ENV !== 'production') return createMailboxMailer(config.DATA_DIR, from);
  log.warn(
    'SMTP_URL is not set: notices are shown in inboxes alone, and nobody can be sent a link to sign in',
  );
  return null;
}
