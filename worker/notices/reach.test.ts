import { expect, test } from 'vitest';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { createLog } from '../../platform/log.ts';
import { useDatabase } from '../../tests/support/database.ts';
import { engageProgram, grantTo } from '../../tests/support/engage.ts';
import { useEngine } from '../../tests/support/engine.ts';
import { until } from '../../tests/support/hand-over.ts';
import { useMailServer } from '../../tests/support/mail-server.ts';
import { testNotices } from '../../tests/support/notices.ts';
import { seedMember, seedProgram, TEST_LINK_SECRET, testPolicy } from '../../tests/support/seed.ts';
import { startMailSender } from './sender.ts';
import { createSmtpMailer } from './smtp.ts';

const database = useDatabase();
useEngine({ database, server: 'dev' });
const server = useMailServer();

test('what a member is granted reaches inbox and mail server once, through queue and keeper', async () => {
  const { db } = database;
  const programId = await seedProgram(db, testPolicy({ notices: testNotices() }));
  await engageProgram(db, programId);
  const { id: memberId } = await seedMember(db, programId, 'ann', 'ann@example.com');
  const now = { occurred_at_ms: Date.now(), now_ms: Date.now() };
  await grantTo(db, { programId, memberId, key: 'thanks:1', ...now });
  const sender = startMailSender({
    db,
    policies: createPolicies(),
    links: { publicUrl: 'https://engine.example', linkSecret: TEST_LINK_SECRET },
    mailer: createSmtpMailer(server.url, { address: 'rewards@example.com', name: null }),
    log: createLog('test', 'fatal'),
    metrics: { emails: { inc: () => undefined } as never },
    now: Date.now,
  });
  await until('the e-mail', () => db.noticeEmail.findFirst({ where: { programId, state: 'sent' } }));
  await until(
    'the end',
    async () => (await db.event.count({ where: { programId, state: 'decided' } })) === 1,
  );
  await sender.stop();
  expect(server.messages.map(({ to }) => to)).toEqual([['ann@example.com']]);
  expect(server.messages[0]?.raw).toContain('Subject: You earned $5.00\r\n');
  expect(await db.notice.count({ where: { programId, memberId } })).toBe(1);
  expect(await db.event.count({ where: { programId, state: { not: 'decided' } } })).toBe(0);
});
