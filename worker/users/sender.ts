import { htmlOf, makeEmail, type OutgoingEmail } from '../../engine/notices/compose.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import { type ClaimedUserMail, claimUserMail, openUserMail, type UserMail } from '../../engine/users/mail.ts';
import { textOf } from '../../engine/users/mail-texts.ts';
import { mayRegister } from '../../engine/users/registration.ts';
import { accountUrl } from '../../engine/users/urls.ts';
import type { Log } from '../../platform/log.ts';
import type { SealRing } from '../../platform/seal.ts';
import { domainOf, type MailFrom } from '../../platform/sender.ts';
import type { Database } from '../../prisma/client.ts';
import { type Loop, startLoop } from '../loop.ts';

/** How often an idle sender looks: people wait for these e-mails. */
const IDLE_REST_MS = 500;
const TROUBLE_REST_MS = 10_000;
/** Longer than all of one sending: a mail server has two and a half minutes for it. */
const LEASE_S = 240;
/** How much later each further try comes. */
const RETRY_S = 20;
const TROUBLE = {
  message: 'the sender of e-mails about accounts failed and goes on',
  rest_ms: TROUBLE_REST_MS,
};

export interface UserMailOptions {
  readonly db: Database;
  readonly sealRing: SealRing;
  readonly publicUrl: string;
  readonly openRegistration: boolean;
  readonly mailer: Mailer;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * Sends the e-mails about accounts, until stopped. An e-mail whose sender died is sent again: twice the same
 * link harms nobody, and none keeps somebody out.
 */
export function startUserMail(options: UserMailOptions): Loop {
  return startLoop({ step: () => sendNextUserMail(options), log: options.log, trouble: TROUBLE });
}

/** Sends the e-mail that is due the longest. Returns how long to rest, in milliseconds. */
export async function sendNextUserMail(options: UserMailOptions): Promise<number> {
  const { db, log } = options;
  const claimed = await claimUserMail(db, LEASE_S);
  if (claimed === null) return IDLE_REST_MS;
  const result = claimed.isOver ? 'done' : await send(options, claimed);
  if (result === 'later') {
    await db.$executeRaw`
      UPDATE user_emails SET due_at = now() + make_interval(secs => ${RETRY_S * claimed.attempts})
      WHERE id = ${claimed.id}::uuid`;
    log.warn({ emailId: claimed.id, attempt: claimed.attempts }, 'an e-mail about an account did not leave');
    return 0;
  }
  await db.userEmail.deleteMany({ where: { id: claimed.id } });
  return 0;
}

async function send(options: UserMailOptions, { id, sealed }: ClaimedUserMail): Promise<'done' | 'later'> {
  const { sealRing, mailer, log, publicUrl, now } = options;
  const queued = openUserMail(sealRing, id, sealed);
  if (queued === null) {
    log.error({ emailId: id }, 'no secret of the ring opens an e-mail: it is dropped');
    return 'done';
  }
  const mail = await asWanted(options, queued);
  if (mail === null) return 'done';
  const host = new URL(publicUrl).host;
  const { result } = await mailer.send(
    await compose(mail, id, mailer.from, { host, now_ms: now() }),
    async () => true,
  );
  if (result === 'failed')
    log.warn({ emailId: id }, 'a mail server refused an e-mail about an account for good');
  return result === 'sent' || result === 'failed' ? 'done' : 'later';
}

/**
 * What goes out for what was asked for. A link that signs in is asked for with any address, and that is
 * looked up only here, so that the time of the answer tells nobody who has an account.
 */
async function asWanted({ db, openRegistration, publicUrl }: UserMailOptions, mail: UserMail) {
  if (mail.kind !== 'sign_in') return mail;
  const user = await db.user.findUnique({ where: { email: mail.to }, select: { twoFactorEnabled: true } });
  if (user?.twoFactorEnabled === true) {
    return { kind: 'second_factor_kept', to: mail.to, url: accountUrl(publicUrl, 'sign-in') } as const;
  }
  return user !== null || (await mayRegister(db, openRegistration, mail.to)) ? mail : null;
}

async function compose(
  mail: UserMail,
  id: string,
  from: MailFrom,
  { host, now_ms }: { readonly host: string; readonly now_ms: number },
): Promise<OutgoingEmail> {
  const { subject, text } = textOf(mail, host);
  const html = htmlOf({ text, locale: 'en' }, `Sent by ${host}, about your account.`);
  return await makeEmail({
    ...{ programId: null, noticeId: id, to: mail.to, subject, html, now_ms },
    text: `${text}\n`,
    from: { name: from.name ?? host, address: from.address },
    messageId: `${id}@${domainOf(from)}`,
  });
}
