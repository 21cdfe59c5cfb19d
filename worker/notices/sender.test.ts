import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { createLog } from '../../platform/log.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { type MailServer, startMailServer } from '../../tests/support/mail-server.ts';
import { seedTold, testNotices } from '../../tests/support/notices.ts';
import { useActivities } from '../../tests/support/play.ts';
import { seedMember, seedProgram, testPolicy } from '../../tests/support/seed.ts';
import { type MailSenderOptions, sendNext, startMailSender } from './sender.ts';
import { createSmtpMailer } from './smtp.ts';

const NOW_MS = Date.parse('2026-06-10T12:00:00Z');
const FROM = { address: 'rewards@example.com', name: null };
const LINKS = { publicUrl: 'https://engine.example', linkSecret: 'a link secret for tests only' };
const MANNERS = { connect_ms: 500, idle_ms: 500, whole_ms: 2_000 };

let server: MailServer;
let counted: string[];

const database = useDatabase();
const activities = useActivities(database);

beforeEach(async () => {
  server = await startMailServer();
  counted = [];
});

afterEach(async () => {
  await server.close();
  await database.db.noticeEmail.updateMany({
    where: { state: { in: ['pending', 'sending'] } },
    data: { state: 'suppressed', reason: 'test' },
  });
});

function options(now_ms: number, mailer: Mailer | null = smtp()): MailSenderOptions {
  return {
    db: database.db,
    policies: createPolicies(),
    links: LINKS,
    mailer,
    log: createLog('test', 'silent'),
    metrics: { emails: { inc: ({ result }: { result: string }) => counted.push(result) } as never },
    now: () => now_ms,
  };
}

const smtp = (url = server.url): Mailer => createSmtpMailer(url, FROM, MANNERS);

/** A member with so many e-mails due. */
async function world(
  mails = 1,
  notices: Partial<NoticePolicy> = {},
  email: string | undefined = 'ann@example.com',
) {
  const { db } = database;
  const programId = await seedProgram(db, testPolicy({ notices: testNotices(notices) }));
  const { id: memberId } = await seedMember(db, programId, 'ann', email);
  const tell = async (now_ms = NOW_MS) => {
    const { eventId, noticeId } = await seedTold(db, { programId, memberId });
    await activities.tellMember({ programId, memberId, eventIds: [eventId], now_ms });
    return noticeId;
  };
  const ids: string[] = [];
  for (let mail = 0; mail < mails; mail += 1) ids.push(await tell());
  const emails = () => db.noticeEmail.findMany({ where: { programId }, orderBy: { noticeId: 'asc' } });
  const only = async () => {
    const [email_, ...others] = await emails();
    if (email_ === undefined || others.length > 0) throw new Error('there is not one e-mail');
    return email_;
  };
  return { db, programId, memberId, tell, ids, emails, only };
}

describe('a mail server that takes it', () => {
  it('gets each e-mail once, with the headers of one-click unsubscribing and an id of the notice’s own', async () => {
    const { ids, only } = await world();
    expect(await sendNext(options(NOW_MS))).toBe(0);
    expect(await sendNext(options(NOW_MS))).toBeGreaterThan(0);
    expect(await only()).toMatchObject({
      state: 'sent',
      attempts: 1,
      sentAt: new Date(NOW_MS),
      messageId: `${ids[0]}@example.com`,
    });
    expect(server.messages).toHaveLength(1);
    const [message] = server.messages;
    expect(message?.to).toEqual(['ann@example.com']);
    const raw = message?.raw.replace(/\r\n[ \t]/g, ' ') ?? '';
    expect(raw).toMatch(/^From: Test <rewards@example\.com>\r$/m);
    expect(raw).toContain(`Message-ID: <${ids[0]}@example.com>`);
    expect(raw).toMatch(/^List-Unsubscribe: <https:\/\/engine\.example\/u\/[A-Za-z0-9_.-]+>\r$/m);
    expect(raw).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n');
    expect(raw).toContain('Auto-Submitted: auto-generated\r\n');
    expect(raw).toContain('Subject: Now yours to use: $12.50\r\n');
    expect(counted).toEqual(['sent']);
  });

  it('gets each once from many senders at once', async () => {
    const { emails } = await world(12);
    const senders = Array.from({ length: 3 }, () => startMailSender({ ...options(NOW_MS), lanes: 3 }));
    await expect
      .poll(async () => (await emails()).filter(({ state }) => state === 'sent').length, { timeout: 15_000 })
      .toBe(12);
    await Promise.all(senders.map((sender) => sender.stop()));
    expect(server.messages).toHaveLength(12);
    expect(new Set(server.messages.map(({ raw }) => /^Message-ID: (.*)\r$/m.exec(raw)?.[1])).size).toBe(12);
  });

  it('gets no more in a day than the cap allows, however many senders there are; the rest leaves on the next', async () => {
    const { emails } = await world(5, { email_per_day_max: 2 });
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while ((await sendNext(options(NOW_MS))) === 0);
      }),
    );
    expect(server.messages).toHaveLength(2);
    const waiting = (await emails()).filter(({ state }) => state === 'pending');
    expect(waiting.map(({ dueAt }) => dueAt.toISOString())).toEqual(
      Array(3).fill('2026-06-11T00:00:00.000Z'),
    );
    while ((await sendNext(options(NOW_MS + DAY_MS))) === 0);
    expect(server.messages).toHaveLength(4);
  });

  it('gets nothing in quiet hours', async () => {
    const { only } = await world(1, { quiet_hours: { from: '11:00', to: '13:00' } });
    expect((await only()).dueAt).toEqual(new Date(NOW_MS + HOUR_MS));
    expect(await sendNext(options(NOW_MS + MINUTE_MS))).toBeGreaterThan(0);
    expect(server.messages).toHaveLength(0);
    await sendNext(options(NOW_MS + HOUR_MS));
    expect(server.messages).toHaveLength(1);
  });
});

describe('a mail server that refuses', () => {
  it('for now (greylisting) is asked again, later each time, until it takes the e-mail', async () => {
    const { only } = await world();
    server.mood.rcpt = 450;
    await sendNext(options(NOW_MS));
    expect(await only()).toMatchObject({
      state: 'pending',
      reason: 'smtp_450',
      begunAt: null,
      dueAt: new Date(NOW_MS + 2 * MINUTE_MS),
    });
    await sendNext(options(NOW_MS + MINUTE_MS));
    expect(server.recipients).toBe(1);
    await sendNext(options(NOW_MS + 2 * MINUTE_MS));
    expect((await only()).dueAt).toEqual(new Date(NOW_MS + 6 * MINUTE_MS));
    server.mood.rcpt = null;
    await sendNext(options(NOW_MS + 6 * MINUTE_MS));
    expect(await only()).toMatchObject({ state: 'sent', attempts: 3, reason: null });
    expect(server.messages).toHaveLength(1);
  });

  it('for now after the whole message is asked again too: its answer says that it has not taken it', async () => {
    const { only } = await world();
    server.mood.data = 451;
    await sendNext(options(NOW_MS));
    expect(await only()).toMatchObject({ state: 'pending', reason: 'smtp_451', begunAt: null });
    server.mood.data = null;
    await sendNext(options(NOW_MS + 2 * MINUTE_MS));
    expect((await only()).state).toBe('sent');
  });

  it.each([
    ['the recipient', { rcpt: 550 }, 'smtp_550'],
    ['the message', { data: 554 }, 'smtp_554'],
  ] as const)('%s for good is not asked again', async (_, mood, reason) => {
    const { only } = await world();
    Object.assign(server.mood, mood);
    await sendNext(options(NOW_MS));
    expect(await only()).toMatchObject({ state: 'failed', reason });
    expect(await sendNext(options(NOW_MS + DAY_MS))).toBeGreaterThan(0);
    expect(counted).toEqual(['failed']);
  });

  it('for longer than three days is given up on', async () => {
    const { only } = await world();
    server.mood.rcpt = 450;
    for (let now_ms = NOW_MS; now_ms <= NOW_MS + 4 * DAY_MS; now_ms += HOUR_MS)
      await sendNext(options(now_ms));
    expect(await only()).toMatchObject({ state: 'given_up', reason: 'too_late' });
    expect(server.messages).toHaveLength(0);
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
    expect(server.recipients).toBe(0);
  });
});

describe('no answer', () => {
  it.each(['hang', 'drop'] as const)(
    'after the whole message (%s) leaves the e-mail in doubt, and it is never sent again by itself',
    async (data) => {
      const { only } = await world();
      server.mood.data = data;
      await sendNext(options(NOW_MS));
      expect(await only()).toMatchObject({ state: 'in_doubt', reason: 'no_answer', attempts: 1 });
      server.mood.data = null;
      for (const later_ms of [MINUTE_MS, HOUR_MS, DAY_MS]) await sendNext(options(NOW_MS + later_ms));
      expect(server.messages).toHaveLength(1);
      expect(counted).toEqual(['in_doubt']);
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
    await sendNext(options(NOW_MS, smtp(server.url.replace('?tls=off', ''))));
    expect(await only()).toMatchObject({ state: 'pending', begunAt: null });
    expect(server.recipients).toBe(0);
    const untrusted = await startMailServer({ disabledCommands: [] });
    await sendNext(options(NOW_MS + HOUR_MS, smtp(untrusted.url.replace('?tls=off', ''))));
    expect(await only()).toMatchObject({ state: 'pending', begunAt: null });
    expect(untrusted.recipients).toBe(0);
    await untrusted.close();
  });
});

/** A mailer whose process ends at a point: it never comes back. */
const killedAt = (point: 'claimed' | 'begun'): Mailer => ({
  from: FROM,
  send: async (_email, begin) => {
    if (point === 'begun') await begin();
    throw new Error('killed');
  },
});

describe('killed right here, and run again', () => {
  it('after the claim, before anything was handed over: the lease ends, and the e-mail is sent once', async () => {
    const { only } = await world();
    await expect(sendNext(options(NOW_MS, killedAt('claimed')))).rejects.toThrow('killed');
    expect((await only()).state).toBe('sending');
    expect(await sendNext(options(NOW_MS + 4 * MINUTE_MS))).toBeGreaterThan(0);
    await sendNext(options(NOW_MS + 5 * MINUTE_MS));
    expect(await only()).toMatchObject({ state: 'sent', attempts: 2 });
    expect(server.messages).toHaveLength(1);
  });

  it('after the handing over was begun: in doubt, whether the server has it or not, and not sent again', async () => {
    const { only } = await world();
    await expect(sendNext(options(NOW_MS, killedAt('begun')))).rejects.toThrow('killed');
    await sendNext(options(NOW_MS + 5 * MINUTE_MS));
    expect(await only()).toMatchObject({ state: 'in_doubt', reason: 'no_answer' });
    await sendNext(options(NOW_MS + DAY_MS));
    expect(server.messages).toHaveLength(0);
  });

  it('a sender that was frozen past its lease hands nothing over, as another has the e-mail', async () => {
    const { only } = await world();
    let thaw: () => void = () => undefined;
    const thawed = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    const real = smtp();
    const frozen: Mailer = {
      from: FROM,
      send: (email, begin) =>
        real.send(email, async () => {
          await thawed;
          return await begin();
        }),
    };
    const stuck = sendNext(options(NOW_MS, frozen));
    await expect.poll(() => server.recipients).toBe(1);
    await sendNext(options(NOW_MS + 5 * MINUTE_MS));
    thaw();
    await stuck;
    expect(await only()).toMatchObject({ state: 'sent', attempts: 2, reason: null });
    expect(server.messages).toHaveLength(1);
  });

  it('an answer that comes after the e-mail was taken to be in doubt still settles it', async () => {
    const { only } = await world();
    server.mood.onMessage = async () => {
      await sendNext(options(NOW_MS + 5 * MINUTE_MS));
      expect((await only()).state).toBe('in_doubt');
    };
    await sendNext(options(NOW_MS));
    expect(await only()).toMatchObject({ state: 'sent', reason: null });
    expect(server.messages).toHaveLength(1);
  });
});

describe('what changed since the e-mail was queued', () => {
  it('a member who has unsubscribed gets nothing, nor one who does so while the server is asked', async () => {
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
    expect(server.messages).toHaveLength(0);
  });

  it('an address that was changed or removed is the one that counts', async () => {
    const { db, programId, memberId, ids, emails } = await world(2);
    const where = { programId_id: { programId, id: memberId } };
    await db.member.update({ where, data: { email: 'new@example.com' } });
    await sendNext(options(NOW_MS));
    await db.member.update({ where, data: { email: null } });
    await sendNext(options(NOW_MS));
    expect(server.messages.map(({ to }) => to)).toEqual([['new@example.com']]);
    expect((await emails()).map(({ state }) => state).sort()).toEqual(['sent', 'suppressed']);
    expect(ids).toHaveLength(2);
  });

  it('without a mail server in production, what falls due is suppressed and says so', async () => {
    const { only } = await world();
    await sendNext(options(NOW_MS, null));
    expect(await only()).toMatchObject({ state: 'suppressed', reason: 'no_server' });
  });
});
