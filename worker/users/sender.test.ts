import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { createMailboxMailer, readMailbox } from '../../engine/notices/mailbox.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import { queueUserMail, type UserMail } from '../../engine/users/mail.ts';
import { sha256 } from '../../platform/hash.ts';
import { newId } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { seedMember, seedProgram, TEST_BADGES } from '../../tests/support/seed.ts';
import { sendNextUserMail } from './sender.ts';

const FROM = { address: 'accounts@example.com', name: null };
const HOUR_MS = 3_600_000;

const database = useDatabase();
let dataDir: string;
const folders: string[] = [];

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'referral-mailbox-'));
  folders.push(dataDir);
  await database.db.userEmail.deleteMany();
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const mailbox = () => createMailboxMailer(dataDir, FROM);

const sendNext = (mailer: Mailer = mailbox(), openRegistration = false) =>
  sendNextUserMail({
    db: database.db,
    sealRing: TEST_BADGES.ring,
    publicUrl: 'https://engine.example',
    openRegistration,
    mailer,
    log: createLog('test', 'silent'),
    now: Date.now,
  });

const queue = (mail: UserMail, rest_ms = HOUR_MS) =>
  queueUserMail(database.db, TEST_BADGES.ring, mail, {
    now_ms: Date.now() - 1_000,
    expires_at_ms: Date.now() + rest_ms,
  });

const url = 'https://engine.example/account/verify-email?token=t';
const verify = (to = 'ann@example.com'): UserMail => ({ kind: 'verify_email', to, url });
const link = (to: string): UserMail => ({ kind: 'sign_in', to, url });
const addressees = async () => (await readMailbox(dataDir)).map(({ to }) => to).sort();

/** As if the time until the next try had passed. */
const passLease = () => database.db.userEmail.updateMany({ data: { dueAt: new Date(Date.now() - 1) } });

it('an e-mail leaves once, and nothing of it stays in the queue', async () => {
  await queue(verify());
  expect(JSON.stringify(await database.db.userEmail.findMany())).not.toContain('ann@example.com');
  expect(await sendNext()).toBe(0);
  expect(await sendNext()).toBeGreaterThan(0);
  expect(await addressees()).toEqual(['ann@example.com']);
  expect(await database.db.userEmail.count()).toBe(0);
});

it('an e-mail whose sender was killed after it left is sent again, once the lease ends', async () => {
  await queue(verify());
  const killed: Mailer = {
    from: FROM,
    send: async (email, begin) => {
      await mailbox().send(email, begin);
      throw new Error('killed');
    },
  };
  await expect(sendNext(killed)).rejects.toThrow('killed');
  expect(await sendNext()).toBeGreaterThan(0);
  await passLease();
  expect(await sendNext()).toBe(0);
  // One file for both: they had the same id, by which a mailbox knows them as one.
  expect(await addressees()).toEqual(['ann@example.com']);
  expect(await database.db.userEmail.count()).toBe(0);
});

it('an e-mail that is refused for now is sent later, and one refused for good never', async () => {
  await queue(verify());
  const answering = (result: 'deferred' | 'failed'): Mailer => ({
    from: FROM,
    send: async () => ({ result, reason: 'refused' }) as Awaited<ReturnType<Mailer['send']>>,
  });
  expect(await sendNext(answering('deferred'))).toBe(0);
  expect(await database.db.userEmail.findFirst()).toMatchObject({ attempts: 1 });
  expect(await sendNext()).toBeGreaterThan(0);
  await passLease();
  await sendNext(answering('failed'));
  expect(await database.db.userEmail.count()).toBe(0);
  expect(await addressees()).toEqual([]);
});

it('an e-mail whose time is over is forgotten, and one that no secret opens is dropped', async () => {
  await queue(verify(), -1);
  await queueUserMail(database.db, ['another secret'], verify('ben@example.com'), {
    now_ms: Date.now() - 1_000,
    expires_at_ms: Date.now() + HOUR_MS,
  });
  await queue(verify('cat@example.com'));
  for (let rest_ms = 0; rest_ms === 0; ) rest_ms = await sendNext();
  expect(await addressees()).toEqual(['cat@example.com']);
  expect(await database.db.userEmail.count()).toBe(0);
});

it('of several senders at once, each e-mail has one', async () => {
  const to = Array.from({ length: 8 }, (_, n) => `u${n}@example.com`);
  for (const address of to) await queue(verify(address));
  let sent = 0;
  const counting: Mailer = {
    from: FROM,
    send: (email, begin) => {
      sent += 1;
      return mailbox().send(email, begin);
    },
  };
  await Promise.all(Array.from({ length: 12 }, () => sendNext(counting)));
  for (let rest_ms = 0; rest_ms === 0; ) rest_ms = await sendNext(counting);
  expect(sent).toBe(8);
  expect(await addressees()).toEqual(to);
});

it('a link that signs in goes to whoever has an account or may have one, and to nobody else', async () => {
  const { db } = database;
  const [program, closed] = [await seedProgram(db), await seedProgram(db)];
  const member = async (programId: string, email: string) => {
    const { id } = await seedMember(db, programId, newId());
    await db.member.update({ where: { programId_id: { programId, id } }, data: { email } });
  };
  await db.tokenSettings.create({ data: { programId: program, origins: [], memberSignIn: true } });
  await db.tokenSettings.create({ data: { programId: closed, origins: [], memberSignIn: false } });
  await member(program, 'Member@Example.com');
  await member(closed, 'barred@example.com');
  await db.user.create({ data: { id: newId(), name: 'Ann', email: 'account@example.com' } });
  const invite = (email: string, expires_ms: number) =>
    db.operatorInvitation.create({
      data: {
        programId: program,
        id: newId(),
        email,
        role: 'analyst',
        tokenHash: sha256(email),
        expiresAt: new Date(Date.now() + expires_ms),
      },
    });
  await invite('invited@example.com', HOUR_MS);
  await invite('late@example.com', -1);
  const asked = ['member', 'barred', 'account', 'invited', 'late', 'nobody'];
  const send = async (openRegistration: boolean) => {
    for (const who of asked) await queue(link(`${who}@example.com`));
    for (let rest_ms = 0; rest_ms === 0; ) rest_ms = await sendNext(mailbox(), openRegistration);
  };
  await send(false);
  expect(await addressees()).toEqual(['account@example.com', 'invited@example.com', 'member@example.com']);
  dataDir = mkdtempSync(path.join(tmpdir(), 'referral-mailbox-'));
  folders.push(dataDir);
  await send(true);
  expect(await addressees()).toEqual(asked.map((who) => `${who}@example.com`).sort());
});

it('whoever has a second factor is told so, and gets no link that signs in', async () => {
  const email = 'careful@example.com';
  await database.db.user.create({ data: { id: newId(), name: 'Ann', email, twoFactorEnabled: true } });
  await queue(link(email));
  await sendNext();
  const [mail] = await readMailbox(dataDir);
  expect(mail).toMatchObject({ to: email, subject: 'Sign in to engine.example with your password' });
  expect(mail?.raw).not.toContain('token');
});

it('every e-mail says what it is about in one line, and has its link, whatever names hold', async () => {
  const name = `Ünder\r\nBcc: eve@example.com\n\n<script>${'x'.repeat(170)}`;
  const to = 'ann@example.com';
  const mails: UserMail[] = [
    verify(to),
    { kind: 'reset_password', to, url },
    { kind: 'delete_account', to, url },
    { kind: 'confirm_email_change', to, url, newEmail: 'new@example.com' },
    { kind: 'already_registered', to, url },
    { kind: 'second_factor_kept', to, url },
    { kind: 'invitation', to, url, program: name, role: 'owner', days: 7 },
  ];
  for (const mail of mails) {
    await queue(mail);
    await sendNext();
  }
  const sent = await readMailbox(dataDir);
  expect(sent).toHaveLength(mails.length);
  for (const { raw, text, html } of sent) {
    const [head = ''] = raw.split('\r\n\r\n');
    const fields = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
    expect(fields.map((line) => line.split(':')[0]).sort()).toEqual([
      'Auto-Submitted',
      'Content-Type',
      'Date',
      'From',
      'MIME-Version',
      'Message-ID',
      'Subject',
      'To',
    ]);
    expect(raw.split('\r\n').every((line) => line.length <= 998)).toBe(true);
    expect(text.split('\n')).toContain(url);
    expect(html).toContain(`<a href="${url}">`);
    expect(html).not.toContain('<script>');
  }
});
