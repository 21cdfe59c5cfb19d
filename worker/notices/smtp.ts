import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { OutgoingEmail } from '../../engine/notices/compose.ts';
import type { Sending } from '../../engine/notices/delivery.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import { goOutside } from '../../platform/outside.ts';
import type { MailFrom } from '../../platform/sender.ts';

/** How to talk to a server. The lease of an e-mail is far longer than all of its sending. */
export interface SmtpManners {
  readonly connect_ms: number;
  /** Silence of the server. */
  readonly idle_ms: number;
  readonly whole_ms: number;
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string;
}

const MANNERS: SmtpManners = { connect_ms: 15_000, idle_ms: 60_000, whole_ms: 150_000 };
const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;

interface Connection {
  readonly options: SMTPConnection.Options;
  readonly auth: { readonly user: string; readonly pass: string } | null;
}

/**
 * Parses an SMTP URL. `smtps:` is TLS from the first byte (port 465 by default). `smtp:` must upgrade by
 * STARTTLS (port 587), or the mail does not leave, unless the URL ends in `?tls=off`.
 */
function connectionOf(url: string, manners: SmtpManners): Connection {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  const secure = protocol === 'smtps:';
  const isPlain = !secure && searchParams.get('tls') === 'off';
  const user = decodeURIComponent(username);
  return {
    options: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(port),
      secure,
      requireTLS: !secure && !isPlain,
      ignoreTLS: isPlain,
      connectionTimeout: manners.connect_ms,
      dnsTimeout: manners.connect_ms,
      greetingTimeout: manners.connect_ms,
      socketTimeout: manners.idle_ms,
      ...(manners.ca === undefined ? {} : { tls: { ca: manners.ca } }),
    },
    auth: user === '' ? null : { user, pass: decodeURIComponent(password) },
  };
}

/** Hands e-mails to an SMTP server, each over a connection of its own. */
export function createSmtpMailer(url: string, from: MailFrom, manners: SmtpManners = MANNERS): Mailer {
  const { options, auth } = connectionOf(url, manners);
  return {
    from,
    async send(email, begin) {
      goOutside('a mail server');
      const connection = new SMTPConnection(options);
      const message = createMessage(email.raw, begin);
      try {
        await within(manners.whole_ms, connection, async () => {
          await done((callback) => connection.connect(callback));
          if (auth !== null) await done((callback) => connection.login(auth, callback));
          await handOver(connection, email, message.stream);
        });
        return { result: 'sent' };
      } catch (error) {
        return endOf(error, message.state());
      } finally {
        connection.close();
      }
    },
  };
}

type Handing = 'not_begun' | 'withdrawn' | 'begun';

/** The message as a stream that is begun only when the server wants it, and asks before its first byte. */
function createMessage(raw: Buffer, begin: () => Promise<boolean>) {
  let state: Handing = 'not_begun';
  async function* bytes() {
    // When this fails, nobody knows whether the hand-over was recorded, so nothing is handed over.
    state = (await begin()) ? 'begun' : 'withdrawn';
    if (state === 'withdrawn') throw new Error('the e-mail is no longer ours to send');
    yield raw;
  }
  return { stream: Readable.from(bytes(), { objectMode: false }), state: () => state };
}

/** A call with a callback as a promise. */
function done(call: (callback: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error == null ? resolve() : reject(error)));
  });
}

function handOver(connection: SMTPConnection, { from, to, raw }: OutgoingEmail, message: Readable) {
  return done((callback) => connection.send({ from, to, size: raw.length }, message, callback));
}

/** Runs a conversation until it ends, the connection fails, or its time is up. */
async function within(whole_ms: number, connection: SMTPConnection, talk: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  const trouble = new Promise<never>((_resolve, reject) => {
    connection.on('error', reject);
    timer = setTimeout(() => reject(new Error('the server took too long')), whole_ms);
  });
  try {
    await Promise.race([talk(), trouble]);
  } finally {
    clearTimeout(timer);
    // A late complaint has nobody to tell.
    connection.on('error', () => undefined);
  }
}

interface SmtpError {
  readonly responseCode?: unknown;
  readonly code?: unknown;
  readonly command?: unknown;
}

/**
 * Classifies an error. An answer of the server settles it; without one it depends on whether the message was
 * begun. Only a refusal of the recipient or the message is final. A refused login or sender can be mended, so
 * the e-mail waits.
 */
function endOf(error: unknown, handing: Handing): Sending {
  const { responseCode, code, command } = (error ?? {}) as SmtpError;
  if (typeof responseCode === 'number' && responseCode >= 400) {
    const isFinal = responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA');
    return { result: isFinal ? 'failed' : 'deferred', reason: `smtp_${responseCode}` };
  }
  if (handing === 'begun') return { result: 'in_doubt', reason: 'no_answer' };
  if (handing === 'withdrawn') return { result: 'deferred', reason: 'withdrawn' };
  if (code === 'EENVELOPE') return { result: 'failed', reason: 'address_unusable' };
  return { result: 'deferred', reason: typeof code === 'string' ? code.toLowerCase() : 'no_connection' };
}
