import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OutgoingEmail } from '../../engine/notices/compose.ts';
import { temporaryFolder } from '../../local/temporary.ts';
import { onPath } from '../../local/tool.ts';
import { startMailServer } from '../../tests/support/mail-server.ts';
import { createSmtpMailer } from './smtp.ts';

const FROM = { address: 'rewards@example.com', name: null };
const MANNERS = { connect_ms: 2_000, idle_ms: 2_000, whole_ms: 5_000 };
const EMAIL: OutgoingEmail = {
  programId: 'p',
  noticeId: 'n',
  from: FROM.address,
  to: 'ann@example.com',
  subject: 'Hi',
  text: 'Hi',
  html: '<p>Hi</p>',
  raw: Buffer.from('Subject: Hi\r\n\r\nHi\r\n.\r\n..leading dots\r\n'),
};
const yes = () => Promise.resolve(true);

/** A key and a certificate that nobody trusts but who is told to. */
function certificate() {
  const folder = temporaryFolder('certificate');
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name)) as [string, string];
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test';
  const args = [
    ...request.split(' '),
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  execFileSync('openssl', args, { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

describe('over TLS', () => {
  // Node makes no certificates; a machine without openssl leaves this out and says so.
  it.skipIf(onPath(['openssl']) === undefined)(
    'an e-mail leaves by STARTTLS or TLS from the start, to a trusted certificate, after a login',
    async () => {
      const { key, cert } = certificate();
      const login = { authOptional: false, onAuth: check };
      const upgraded = await startMailServer({ disabledCommands: [], key, cert, ...login });
      const secure = await startMailServer({ secure: true, key, cert, ...login });
      const [, port] = /:(\d+)\?/.exec(secure.url) ?? [];
      const addresses = [
        upgraded.url.replace('smtp://', 'smtp://ann%40x:p%3Ass@').replace('?tls=off', ''),
        `smtps://ann%40x:p%3Ass@127.0.0.1:${port}`,
      ];
      for (const url of addresses) {
        const mistrusting = createSmtpMailer(url, FROM, MANNERS);
        expect(await mistrusting.send(EMAIL, yes)).toMatchObject({ result: 'deferred' });
        const trusting = createSmtpMailer(url, FROM, { ...MANNERS, ca: cert });
        expect(await trusting.send(EMAIL, yes)).toEqual({ result: 'sent' });
      }
      expect([upgraded.messages.length, secure.messages.length]).toEqual([1, 1]);
      await Promise.all([upgraded.close(), secure.close()]);
    },
  );
});

describe('what is handed over', () => {
  it('comes through to the byte, dots at the beginning of lines included', async () => {
    const server = await startMailServer();
    expect(await createSmtpMailer(server.url, FROM, MANNERS).send(EMAIL, yes)).toEqual({ result: 'sent' });
    expect(server.messages).toEqual([{ to: ['ann@example.com'], raw: EMAIL.raw.toString() }]);
    await server.close();
  });

  it('is nothing at all when the asking fails: the server is left before the message ends', async () => {
    const server = await startMailServer();
    const mailer = createSmtpMailer(server.url, FROM, MANNERS);
    const fails = () => Promise.reject(new Error('the database is away'));
    expect(await mailer.send(EMAIL, fails)).toMatchObject({ result: 'deferred' });
    expect(await mailer.send(EMAIL, () => Promise.resolve(false))).toEqual({
      result: 'deferred',
      reason: 'withdrawn',
    });
    expect(server.messages).toEqual([]);
    expect(server.recipients).toBe(2);
    await server.close();
  });
});

type Check = NonNullable<NonNullable<Parameters<typeof startMailServer>[0]>['onAuth']>;
const check: Check = ({ username, password }, _session, answer) =>
  username === 'ann@x' && password === 'p:ss' ? answer(null, { user: 1 }) : answer(new Error('no'));
