import { type ClaimedEmail, claimEmail, type EmailClaim } from '../../engine/notices/claim.ts';
import { composeEmail } from '../../engine/notices/compose.ts';
import { beginEmail, type Sending, settleEmail } from '../../engine/notices/delivery.ts';
import type { LinkSettings } from '../../engine/notices/links.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import type { Policies } from '../../engine/policies/in-force.ts';
import type { Log } from '../../platform/log.ts';
import { domainOf } from '../../platform/sender.ts';
import type { Database } from '../../prisma/client.ts';
import { type Loop, startLoop } from '../loop.ts';
import type { WorkerMetrics } from '../metrics.ts';

/** E-mails under way at once: a mail server's patience, not ours, is the limit. */
const LANES = 4;
/** How often an idle sender looks; e-mails become due by the clock, which rings no bell. */
const IDLE_REST_MS = 1_000;
/** The rest when the database or the mail server is away. */
const TROUBLE_REST_MS = 10_000;
const TROUBLE = { message: 'the mail sender failed and goes on', rest_ms: TROUBLE_REST_MS };

export interface MailSenderOptions {
  readonly db: Database;
  readonly policies: Policies;
  readonly links: LinkSettings;
  /** Null: there is no server, and what falls due is suppressed. */
  readonly mailer: Mailer | null;
  readonly log: Log;
  readonly metrics: Pick<WorkerMetrics, 'emails'>;
  readonly now: () => number;
  readonly lanes?: number;
}

/** Sends notices' e-mails as they fall due, until stopped. Any number of senders may share a database. */
export function startMailSender(options: MailSenderOptions): Loop {
  const { lanes = LANES, log } = options;
  return startLoop({ step: () => sendNext(options), lanes, log, trouble: TROUBLE });
}

/**
 * Handles the e-mail that has been due longest. Returns how long to rest, in milliseconds; 0 when there may
 * be more.
 */
export async function sendNext(options: MailSenderOptions): Promise<number> {
  const { db, policies, mailer, metrics, now } = options;
  const domain = mailer === null ? null : domainOf(mailer.from);
  const claim: EmailClaim = await claimEmail(
    { db, policies, countDecision: () => undefined },
    { now_ms: now(), domain },
  );
  if (claim.result === 'nothing') return IDLE_REST_MS;
  if (claim.result !== 'send' || mailer === null) {
    metrics.emails.inc({ result: claim.result });
    return 0;
  }
  const { email } = claim;
  const sending = await sendClaimed(options, mailer, email);
  const { programId, noticeId, attempt } = email;
  if (await settleEmail(db, { programId, noticeId, attempt }, sending, now())) {
    metrics.emails.inc({ result: sending.result });
  }
  const isAway = sending.result === 'deferred' && !/^(smtp_|withdrawn)/.test(sending.reason);
  return isAway ? TROUBLE_REST_MS : 0;
}

async function sendClaimed(
  { db, links, log, now }: MailSenderOptions,
  mailer: Mailer,
  email: ClaimedEmail,
): Promise<Sending> {
  const { programId, noticeId, attempt } = email;
  const composed = await composeEmail(email, mailer.from, links, now()).catch((error: unknown) => {
    log.error({ err: error, programId, noticeId }, 'an e-mail cannot be made');
    return null;
  });
  if (composed === null) return { result: 'failed', reason: 'unmakeable' };
  const sending = await mailer.send(composed, () => beginEmail(db, { programId, noticeId, attempt }, now()));
  if (sending.result !== 'sent') {
    log.warn(
      { programId, noticeId, result: sending.result, reason: sending.reason },
      'an e-mail did not leave',
    );
  }
  return sending;
}
