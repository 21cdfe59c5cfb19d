import { NOTICE_KINDS } from '../../domain/notices/kinds.ts';
import { noticeKey } from '../../domain/notices/notice.ts';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import { nameId, newId } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { seedEvent } from './seed.ts';

/** A section that tells everything everywhere, at any hour, with what a test wants otherwise. */
export function testNotices(changes: Partial<NoticePolicy> = {}): NoticePolicy {
  return {
    quiet_hours: null,
    email_per_day_max: 100,
    kinds: Object.fromEntries(NOTICE_KINDS.map((kind) => [kind, { inbox: true, email: true }])),
    ...changes,
  };
}

export interface Telling {
  readonly programId: string;
  readonly memberId: string;
  readonly type?: string;
  readonly key?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A message of the outbox, and the event that brings it to a member. Gives the event's id and the notice's. */
export async function seedTold(db: Database, telling: Telling) {
  const { programId, memberId, type = 'reward.available', key = `${type}:${newId()}` } = telling;
  const payload = telling.payload ?? { rewardId: newId(), memberId, unit: 'USD', amountMinor: '1250' };
  await db.outbox.createMany({
    data: [{ programId, key, subject: 'test', type, payload: payload as object }],
    skipDuplicates: true,
  });
  const event = await seedEvent(db, programId, {
    type: 'member.told',
    key: `told:${memberId}:${key}:${newId()}`,
    payload: { message: key },
    workflowId: `member-${memberId}`,
  });
  return { eventId: event.id, key, noticeId: nameId('notice', programId, noticeKey(key, memberId)) };
}
