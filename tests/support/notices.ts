import { examplePayload, MESSAGES, type MessagePayload, type MessageType } from '../../domain/messages.ts';
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

/**
 * A message for a member: an example of its type, by default a reward of 12.50 USD that is available, with a
 * test's changes.
 */
export interface Telling<T extends MessageType> {
  readonly programId: string;
  readonly memberId: string;
  readonly type?: T;
  readonly key?: string;
  readonly payload?: Partial<MessagePayload<T>>;
}

/**
 * A message of the outbox, and the event that brings it to a member. Returns the event's id and the notice's.
 */
export async function seedTold<T extends MessageType = 'reward.available'>(
  db: Database,
  telling: Telling<T>,
) {
  const { programId, memberId, type = 'reward.available', key = `${type}:${newId()}` } = telling;
  const payload = { ...examplePayload(type), ...telling.payload };
  await db.outbox.createMany({
    data: [
      {
        programId,
        key,
        subject: `${MESSAGES[type].subjects[0]}:${newId()}`,
        type,
        payload: payload as object,
      },
    ],
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
