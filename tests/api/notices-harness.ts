import { beforeAll, beforeEach } from 'vitest';
import { createMailboxMailer } from '../../engine/notices/mailbox.ts';
import { createPolicies } from '../../engine/policies/in-force.ts';
import { createLog } from '../../platform/log.ts';
import { sendNext } from '../../worker/notices/sender.ts';
import { seedTold, testNotices } from '../support/notices.ts';
import { testActivities } from '../support/play.ts';
import { publishPolicy, TEST_LINK_SECRET, testPolicy } from '../support/seed.ts';
import { useApi } from './harness.ts';

export const LINKS = { publicUrl: 'http://localhost:3000', linkSecret: TEST_LINK_SECRET };

/** An API that tells everything, with a new member for each test, and the sender that empties its queue. */
export function useNoticeApi() {
  let memberId: string;

  const api = useApi();

  beforeAll(async () => {
    await publishPolicy(api.db, api.programId, testPolicy({ notices: testNotices() }), 2);
  });

  beforeEach(async () => {
    memberId = (await api.member()).id;
  });

  /** Tells the member so many things, one after the other. Gives the notices' ids. */
  async function tell(count = 1, message: Partial<Parameters<typeof seedTold>[1]> = {}): Promise<string[]> {
    const { programId } = api;
    const ids: string[] = [];
    for (let now_ms = Date.now() - count; ids.length < count; now_ms += 1) {
      const { eventId, noticeId } = await seedTold(api.db, { programId, memberId, ...message });
      await testActivities(api.database).tellMember({ programId, memberId, eventIds: [eventId], now_ms });
      ids.push(noticeId);
    }
    return ids;
  }

  const sendDue = async (now_ms = Date.now() + 1_000) => {
    const options = {
      db: api.db,
      policies: createPolicies(),
      links: LINKS,
      mailer: createMailboxMailer(api.dataDir, { address: 'rewards@example.com', name: null }),
      log: createLog('test', 'silent'),
      metrics: { emails: { inc: () => undefined } as never },
      now: () => now_ms,
    };
    while ((await sendNext(options)) === 0);
  };

  const withEmail = (email: string | null, input: object = {}) =>
    api.db.member.update({
      where: { programId_id: { programId: api.programId, id: memberId } },
      data: { email, ...input },
    });

  return {
    api,

    tell,
    sendDue,
    withEmail,
    get memberId() {
      return memberId;
    },
  };
}
