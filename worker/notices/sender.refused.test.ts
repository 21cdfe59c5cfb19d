import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { until } from '../../tests/support/hand-over.ts';
import { NOW_MS, useMailSender } from '../../tests/support/mail-sender.ts';
import { startMailServer } from '../../tests/support/mail-server.ts';
import { startSilentServer } from '../../tests/support/silent-server.ts';
import { sendNext } from './sender.ts';
import { createSmtpMailer } from './smtp.ts';

/** More than the database has connections. */
const MANY = 15;

const mail = useMailSender();
const { options, smtp, world } = mail;

describe('a mail server that refuses', () => {
  it('for now (greylisting) is asked again, later each time, until it takes the e-mail', async () => {
    const { only } = await world();
    mail.server.mood.rcpt = 450;
    await sendNext(options(NOW_MS));
    expect(await only()).toMatchObject({
      state: 'pending',
      reason: 'smtp_450',
      begunAt: null,
      dueAt: new Date(NOW_MS + 2 * MINUTE_MS),
    });
    await sendNext(options(NOW_MS + MINUTE_MS));
    expect(mail.server.recipients).toBe(1);
    await sendNext(options(NOW_MS + 2 * MINUTE_MS));
    expect((await only()).dueAt).toEqual(new Date(NOW_MS + 6 * MINUTE_MS));
    mail.server.mood.rcpt = null;
    await sendNext(options(NOW_MS + 6 * MINUTE_MS));
    expect(await only()).toMatchObject({ state: 'sent', attempts: 3, reason: null });
    expect(mail.server.messages).toHaveLength(1);
  });

  it('for now after the whole message is asked again: it answers that it has not taken it', async () => {
    const { only } = await world();
    mail.server.mood.data = 451;
    await sendNext(options(NOW_MS));
    expect(await only()).toMatchObject({ state: 'pending', reason: 'smtp_451', begunAt: null });
    mail.server.mood.data = null;
    await sendNext(options(NOW_MS + 2 * MINUTE_MS));
    expect((await only()).state).toBe('sent');
  });

  it.each([
    ['the recipient', { rcpt: 550 }, 'smtp_550'],
    ['the message', { data: 554 }, 'smtp_554'],
  ] as const)('%s for good is not asked again', async (_, mood, reason) => {
    const { only } = await world();
    Object.assign(mail.server.mood, mood);
    await sendNext(options(NOW_MS));
    expect(await only()).toMatchObject({ state: 'failed', reason });
    expect(await sendNext(options(NOW_MS + DAY_MS))).toBeGreaterThan(0);
    expect(mail.counted).toEqual(['failed']);
  });

  it('for longer than three days is given up on', async () => {
    const { only } = await world();
    mail.server.mood.rcpt = 450;
    for (let now_ms = NOW_MS; now_ms <= NOW_MS + 4 * DAY_MS; now_ms += HOUR_MS) {
      await sendNext(options(now_ms));
    }
    expect(await only()).toMatchObject({ state: 'given_up', reason: 'too_late' });
    expect(mail.server.messages).toHaveLength(0);
  });

  it('our login, keeps the e-mail waiting, as it is we who have to mend that', async () => {
    const { only } = await world();
    const strict = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, answer) => answer(new Error('no')),
    });
    const url = strict.url.replace('smtp://', 'smtp://us%40x:wrong@');
    expect(await sendNext(options(NOW_MS, smtp(url)))).toBe(0);
    expect(await only()).toMatchObject({ state: 'pending', reason: 'smtp_535' });
    expect(await sendNext(options(NOW_MS + HOUR_MS, smtp(strict.url)))).toBe(0);
    expect(await only()).toMatchObject({ state: 'pending', reason: 'smtp_530' });
    await strict.close();
  });

  it('an address that is none is not asked about at all', async () => {
    const { db, programId, memberId, only } = await world();
    await db.member.update({
      where: { programId_id: { programId, id: memberId } },
      data: { email: 'a\r\nb@c' },
    });
    await sendNext(options(NOW_MS));
    expect((await only()).state).toBe('failed');
    expect(mail.server.recipients).toBe(0);
  });
});

describe('no answer', () => {
  it.each(['hang', 'drop'] as const)(
    'after the whole message (%s) leaves the e-mail in doubt, and it is never sent again by itself',
    async (data) => {
      const { only } = await world();
      mail.server.mood.data = data;
      await sendNext(options(NOW_MS));
      expect(await only()).toMatchObject({ state: 'in_doubt', reason: 'no_answer', attempts: 1 });
      mail.server.mood.data = null;
      for (const later_ms of [MINUTE_MS, HOUR_MS, DAY_MS]) await sendNext(options(NOW_MS + later_ms));
      expect(mail.server.messages).toHaveLength(1);
      expect(mail.counted).toEqual(['in_doubt']);
    },
  );

  it('at all, from a server that is away or mute, keeps the e-mail waiting', async () => {
    const { only } = await world();
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    expect(await sendNext(options(NOW_MS, smtp(`smtp://127.0.0.1:${port}?tls=off`)))).toBeGreaterThan(1_000);
    expect(await only()).toMatchObject({ state: 'pending', begunAt: null, reason: 'etimedout' });
    await new Promise((resolve) => mute.close(resolve));
    expect(
      await sendNext(options(NOW_MS + HOUR_MS, smtp(`smtp://127.0.0.1:${port}?tls=off`))),
    ).toBeGreaterThan(1_000);
    expect(await only()).toMatchObject({ state: 'pending', begunAt: null, reason: 'esocket' });
  });

  it('without TLS nothing is said to a server that was to have it', async () => {
    const { only } = await world();
    await sendNext(options(NOW_MS, smtp(mail.server.url.replace('?tls=off', ''))));
    expect(await only()).toMatchObject({ state: 'pending', begunAt: null });
    expect(mail.server.recipients).toBe(0);
    const untrusted = await startMailServer({ disabledCommands: [] });
    await sendNext(options(NOW_MS + HOUR_MS, smtp(untrusted.url.replace('?tls=off', ''))));
    expect(await only()).toMatchObject({ state: 'pending', begunAt: null });
    expect(untrusted.recipients).toBe(0);
    await untrusted.close();
  });
});

test('a mail server that says nothing to many senders keeps no transaction waiting', async () => {
  const silent = await startSilentServer();
  const { db, emails } = await mail.world(MANY, { email_per_day_max: MANY });
  const manners = { connect_ms: 30_000, idle_ms: 30_000, whole_ms: 30_000 };
  const mailer = createSmtpMailer(`smtp://${silent.address}?tls=off`, mail.FROM, manners);
  const hanging = Promise.all(Array.from({ length: MANY }, () => sendNext(mail.options(NOW_MS, mailer))));
  await until('all to wait for the server', async () => silent.connections() === MANY);
  // More than the pool has connections.
  const others = Array.from({ length: MANY }, () => db.$transaction((tx) => tx.program.count()));
  expect((await Promise.all(others)).every((count) => count > 0)).toBe(true);
  expect((await emails()).map(({ state }) => state)).toEqual(Array(MANY).fill('sending'));
  await silent.close();
  await hanging;
  expect((await emails()).map(({ state }) => state)).toEqual(Array(MANY).fill('pending'));
});
