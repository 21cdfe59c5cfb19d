import { categoryOf } from '../../domain/notices/kinds.ts';
import { noticeKey, noticeOf } from '../../domain/notices/notice.ts';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import { quietUntil } from '../../domain/notices/quiet-hours.ts';
import { nameId } from '../../platform/ids.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';
import { withNames } from './names.ts';
import { type MessageEvent, readTold } from './read.ts';
import { type NewNotice, type ToldEvent, writeTold } from './write.ts';

const NOTHING_PENDING: MemberStep = { due_at_ms: null };

/**
 * Turns the messages about a member into notices, one for each message and member, and queues their e-mails.
 * Decides the `member.told` events that brought them, also those that make no notice. The policy in force
 * says which messages become notices and where they appear. A repeat finds the events decided and changes
 * nothing. Other events are left alone. Reads without a lock, since messages never change, and writes in one
 * statement.
 */
export async function tellMember(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  if (ref.eventIds.length === 0) return NOTHING_PENDING;
  const { db, policies, countDecision } = deps;
  const { programId, now_ms } = ref;
  const { events, reader } = await readTold(db, ref);
  if (reader === null) return NOTHING_PENDING;
  const { version, isErased, zone } = reader;
  const policy = version === null || isErased ? null : await policies.load(db, programId, version);
  const section = policy?.notices;
  const notices = section === undefined ? [] : noticesOf(ref, events, section);
  const named = policy === null ? [] : await withNames(db, programId, policy, notices);
  const email_at_ms = quietUntil(now_ms, section?.quiet_hours ?? null, zone);
  const told = toldOf(events, named);
  const decided = await writeTold(db, { programId, now_ms, email_at_ms, reader }, told);
  for (const { eventId, outcome } of told) if (decided.has(eventId)) countDecision(outcome);
  return NOTHING_PENDING;
}

function noticesOf(
  { programId, memberId }: MemberEvents,
  events: readonly MessageEvent[],
  { kinds }: NoticePolicy,
): NewNotice[] {
  return events.flatMap(({ eventId, message }) => {
    const notice = message === null ? null : noticeOf(message, memberId);
    if (message === null || notice === null) return [];
    const { kind, params } = notice;
    const channels = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (channels === undefined || (!channels.inbox && !channels.email)) return [];
    const key = noticeKey(message.key, memberId);
    const id = nameId('notice', programId, key);
    const { inbox: inInbox, email: hasEmail } = channels;
    return [{ id, eventId, kind, key, params, category: categoryOf(kind), inInbox, hasEmail }];
  });
}

function toldOf(events: readonly MessageEvent[], notices: readonly NewNotice[]): ToldEvent[] {
  return events.map(({ eventId }) => {
    const notice = notices.find((it) => it.eventId === eventId) ?? null;
    return {
      eventId,
      notice,
      outcome: { decision: 'accepted', trace: { notice: notice?.id ?? null } },
    };
  });
}
