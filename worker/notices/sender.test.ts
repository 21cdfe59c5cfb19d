import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import { NOW_MS, useMailSender } from '../../tests/support/mail-sender.ts';
import { sendNext, startMailSender } from './sender.ts';

const mail = useMailSender();
const { FROM, options, smtp, world } = mail;

describe('a mail server that takes it', () => {
  it('gets each e-mail once, with one-click unsubscribe headers and an id of the notice’s own', async () => {
    const { ids, only } = await world();
    expect(await sendNext(options(NOW_MS))).toBe(0);
    expect(await sendNext(options(NOW_MS))).toBeGreaterThan(0);
    expect(await only()).toMatchObject({
      state: 'sent',
      attempts: 1,
      sentAt: new Date(NOW_MS),
      messageId: `${ids[0]}@example.com`,
    });
    expect(mail.server.messages).toHaveLength(1);
    const [message] = mail.server.messages;
    expect(message?.to).toEqual(['ann@example.com']);
    const raw = message?.raw.replace(/\r\n[ \t]/g, ' ') ?? '';
    expect(raw).toMatch(/^From: Test <rewards@example\.com>\r$/m);
    expect(raw).toContain(`Message-ID: <${ids[0]}@example.com>`);
    expect(raw).toMatch(/^List-Unsubscribe: <https:\/\/engine\.example\/u\/[A-Za-z0-9_.-]+>\r$/m);
    expect(raw).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n');
    expect(raw).toContain('Auto-Submitted: auto-generated\r\n');
    expect(raw).toContain('Subject: Now yours to use: $12.50\r\n');
    expect(mail.counted).toEqual(['sent']);
  });

  it('gets each once from many senders at once', async () => {
    const { emails } = await world(12);
    const senders = Array.from({ length: 3 }, () => startMailSender({ ...options(NOW_MS), lanes: 3 }));
    await expect
      .poll(async () => (await emails()).filter(({ state }) => state === 'sent').length, { timeout: 15_000 })
      .toBe(12);
    await Promise.all(senders.map((sender) => sender.stop()));
    expect(mail.server.messages).toHaveLength(12);
    expect(new Set(mail.server.messages.map(({ raw }) => /^Message-ID: (.*)\r$/m.exec(raw)?.[1])).size).toBe(
      12,
    );
  });

  it('gets no more in a day than the cap, from any number of senders; the rest leaves later', async () => {
    const { emails } = await world(5, { email_per_day_max: 2 });
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while ((await sendNext(options(NOW_MS))) === 0);
      }),
    );
    expect(mail.server.messages).toHaveLength(2);
    const waiting = (await emails()).filter(({ state }) => state === 'pending');
    expect(waiting.map(({ dueAt }) => dueAt.toISOString())).toEqual(
      Array(3).fill('2026-06-11T00:00:00.000Z'),
    );
    while ((await sendNext(options(NOW_MS + DAY_MS))) === 0);
    expect(mail.server.messages).toHaveLength(4);
  });

  it('gets nothing in quiet hours', async () => {
    const { only } = await world(1, { quiet_hours: { from: '11:00', to: '13:00' } });
    expect((await only()).dueAt).toEqual(new Date(NOW_MS + HOUR_MS));
    expect(await sendNext(options(NOW_MS + MINUTE_MS))).toBeGreaterThan(0);
    expect(mail.server.messages).toHaveLength(0);
    await sendNext(options(NOW_MS + HOUR_MS));
    expect(mail.server.messages).toHaveLength(1);
  });
});

describe('what changed since the e-mail was queued', () => {
  it('an unsubscribed member gets nothing, nor one who does so while the server is asked', async () => {
    const { db, programId, memberId, emails, tell } = await world();
    const preference = {
      programId,
      memberId,
      category: 'engagement',
      email: false,
      updatedAt: new Date(),
    } as const;
    const real = smtp();
    const racing: Mailer = {
      from: FROM,
      send: (email, begin) =>
        real.send(email, async () => {
          await db.noticePreference.create({ data: preference });
          return await begin();
        }),
    };
    await sendNext(options(NOW_MS, racing));
    expect(await emails()).toMatchObject([{ state: 'pending', reason: 'withdrawn' }]);
    await tell();
    while ((await sendNext(options(NOW_MS + HOUR_MS))) === 0);
    expect((await emails()).map(({ state, reason }) => [state, reason])).toEqual([
      ['suppressed', 'unsubscribed'],
      ['suppressed', 'unsubscribed'],
    ]);
    expect(mail.server.messages).toHaveLength(0);
  });

  it('an address that was changed or removed is the one that counts', async () => {
    const { db, programId, memberId, ids, emails } = await world(2);
    const where = { programId_id: { programId, id: memberId } };
    await db.member.update({ where, data: { email: 'new@example.com' } });
    await sendNext(options(NOW_MS));
    await db.member.update({ where, data: { email: null } });
    await sendNext(options(NOW_MS));
    expect(mail.server.messages.map(({ to }) => to)).toEqual([['new@example.com']]);
    expect((await emails()).map(({ state }) => state).sort()).toEqual(['sent', 'suppressed']);
    expect(ids).toHaveLength(2);
  });

  it('without a mail server in production, what falls due is suppressed and says so', async () => {
    const { only } = await world();
    await sendNext(options(NOW_MS, null));
    expect(await only()).toMatchObject({ state: 'suppressed', reason: 'no_server' });
  });
});
