import { type Message, parseMessage, type StoredMessage } from '../../domain/messages.ts';
import { categoryOf } from '../../domain/notices/kinds.ts';
import { noticeKey, noticeOf } from '../../domain/notices/notice.ts';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import { quietUntil } from '../../domain/notices/quiet-hours.ts';
import { type Decision, decideEvents } from '../../engine/events/decide.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { whoStays } from '../../engine/members/find.ts';
import { latestVersion } from '../../engine/policies/latest.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import { nameId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { ActivityDeps } from '../deps.ts';
import type { MemberEvents, MemberStep } from '../member-step.ts';
import { withNames } from './names.ts';

const NOTHING_PENDING: MemberStep = { due_at_ms: null };

/**
 * Turns the messages about a member into notices, one for each message and member, and queues their e-mails.
 * Decides the `member.told` events that brought them, also those that make no notice. The policy in force
 * says which messages become notices and where they appear. A repeat finds the events decided and changes
 * nothing. Other events are left alone.
 */
export async function tellMember(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  if (ref.eventIds.length === 0) return NOTHING_PENDING;
  return await inTransaction(deps, async (tx) => {
    const events = await lockMessageEvents(tx, ref);
    if (events.length === 0) return NOTHING_PENDING;
    const reader = { ...ref, memberId: await whoStays(tx, ref.programId, ref.memberId) };
    const { locale, zone, version, isErased } = await readMember(tx, reader);
    const policy = version === null || isErased ? null : await deps.policies.load(tx, ref.programId, version);
    const section = policy?.notices;
    const notices = section === undefined ? [] : noticesOf(ref, events, section);
    const named = policy === null ? [] : await withNames(tx, ref.programId, policy, notices);
    const email_at_ms = quietUntil(ref.now_ms, section?.quiet_hours ?? null, zone);
    if (named.length > 0) await insertNotices(tx, reader, named, { locale, email_at_ms });
    await decideEvents(tx, ref.programId, decisionsOf(events, notices));
    return NOTHING_PENDING;
  });
}

/** An event with the message that it brings. */
interface MessageEvent {
  readonly eventId: string;
  /** Null when the event names a message that is not there or cannot be read. */
  readonly message: Message | null;
}

/** Locks the events of the batch that are not decided yet. */
async function lockMessageEvents(
  tx: Tx,
  { programId, memberId, eventIds }: MemberEvents,
): Promise<MessageEvent[]> {
  const rows = await tx.$queryRaw<{ eventId: string; message: StoredMessage | null }[]>`
    SELECT e.id::text AS "eventId",
           CASE WHEN o.key IS NOT NULL THEN jsonb_build_object(
             'key', o.key, 'subject', o.subject, 'members', o.members,
             'type', o.type, 'payload', o.payload) END AS message
    FROM (
      SELECT id, program_id, payload FROM events
      WHERE program_id = ${programId}::uuid AND id = ANY(${[...eventIds]}::uuid[]) AND type = 'member.told'
        AND workflow_id = ${memberWorkflow(memberId)} AND state NOT IN ('decided', 'parked')
      ORDER BY seq FOR NO KEY UPDATE) e
    LEFT JOIN outbox_keys k ON k.program_id = e.program_id AND k.key = e.payload->>'message'
    LEFT JOIN outbox o ON o.id = k.outbox_id`;
  return rows.map(({ eventId, message }) => ({
    eventId,
    message: message === null ? null : parseMessage(message),
  }));
}

/** What the member's notices depend on besides the message. */
interface NoticeReader {
  readonly locale: string;
  readonly zone: string;
  /** The version of the policy in force; null: there is none. */
  readonly version: number | null;
  /** Nobody is left to be told. */
  readonly isErased: boolean;
}

async function readMember(tx: Tx, { programId, memberId }: MemberEvents): Promise<NoticeReader> {
  const [row] = await tx.$queryRaw<NoticeReader[]>`
    SELECT m.locale, coalesce(m.time_zone, p.time_zone) AS zone, m.erased_at IS NOT NULL AS "isErased",
           ${latestVersion(Prisma.sql`p.id`)} AS version
    FROM members m JOIN programs p ON p.id = m.program_id
    WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid`;
  if (row === undefined) throw new Error(`member ${memberId} does not exist`);
  return row;
}

/** A notice on its way into the database, with its e-mail where there is to be one. */
interface NewNotice {
  readonly id: string;
  readonly eventId: string;
  readonly kind: string;
  readonly key: string;
  readonly params: object;
  readonly category: string;
  readonly inInbox: boolean;
  readonly hasEmail: boolean;
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

async function insertNotices(
  tx: Tx,
  { programId, memberId, now_ms }: MemberEvents,
  notices: readonly NewNotice[],
  { locale, email_at_ms }: { readonly locale: string; readonly email_at_ms: number },
): Promise<void> {
  const now = new Date(now_ms);
  await tx.$executeRaw`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${toJsonText(notices)}::jsonb) AS n(
        id uuid, kind text, key text, params jsonb,
        category notice_category, "inInbox" boolean, "hasEmail" boolean)
    ), fresh AS (
      INSERT INTO notices (program_id, id, member_id, kind, key, params, locale, in_inbox, created_at)
      SELECT ${programId}::uuid, id, ${memberId}::uuid, kind, key, params, ${locale}, "inInbox",
             ${now}::timestamptz
      FROM given
      ON CONFLICT DO NOTHING
      RETURNING id
    )
    INSERT INTO notice_emails (program_id, notice_id, member_id, category, due_at, queued_at, created_at)
    SELECT ${programId}::uuid, id, ${memberId}::uuid, category, ${new Date(email_at_ms)}::timestamptz,
           ${now}::timestamptz, ${now}::timestamptz
    FROM given JOIN fresh USING (id) WHERE "hasEmail"
    ON CONFLICT DO NOTHING`;
}

/** The notice that each event led to. Nobody can wait for these events. */
function decisionsOf(events: readonly MessageEvent[], notices: readonly NewNotice[]): Decision[] {
  return events.map(({ eventId }) => {
    const notice = notices.find((it) => it.eventId === eventId);
    return { eventId, outcome: { decision: 'accepted', trace: { notice: notice?.id ?? null } } };
  });
}
