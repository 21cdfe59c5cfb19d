import { afterEach, beforeEach } from 'vitest';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import type { Mailer } from '../../engine/notices/mailer.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { createLog } from '../../platform/log.ts';
import type { MailSenderOptions } from '../../worker/notices/sender.ts';
import { createSmtpMailer } from '../../worker/notices/smtp.ts';
import { useDatabase } from './database.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { seedTold, testNotices } from './notices.ts';
import { useActivities } from './play.ts';
import { seedMember, seedProgram, testPolicy } from './seed.ts';

export const NOW_MS = Date.parse('2026-06-10T12:00:00Z');

/** A database, a mail server for each test, and members with e-mails that are due. */
export function useMailSender() {
  const FROM = { address: 'rewards@example.com', name: null };
  const LINKS = { publicUrl: 'https://engine.example', linkSecret: 'a link secret for tests only' };
  const MANNERS = { connect_ms: 3_000, idle_ms: 3_000, whole_ms: 6_000 };

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

  return {
    FROM,
    LINKS,
    MANNERS,
    database,
    activities,
    options,
    smtp,
    world,
    get server() {
      return server;
    },
    get counted() {
      return counted;
    },
  };
}
