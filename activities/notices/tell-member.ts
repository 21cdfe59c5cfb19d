import { categoryOf } from '../../domain/notices/kinds.ts';
import { noticeKey, noticeOf, type ToldMessage } from '../../domain/notices/notice.ts';
import type { NoticePolicy } from '../../domain/notices/policy.ts';
import { quietUntil } from '../../domain/notices/quiet-hours.ts';
import { type Decision, decideEvents } from '../../engine/events/decide.ts';
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

/** A told message with the event that brought it. */
interface Told {
  readonly event_id: string;
  /** Null when the event names a message that is not there. */
  readonly message: ToldMessage | null;
}

/** A notice on its way into the database, with its e-mail where there is to be one. */
interface NewNotice {
  readonly id: string;
  readonly event_id: string;
  readonly kind: string;
  readonly key: string;
  readonly params: object;
  readonly category: string;
  readonly in_inbox: boolean;
  readonly email: boolean;
}

interface Reader {
  readonly locale: string;
  readonly zone: string;
  readonly version: number | null;
}

/**
 * Turns the messages that a member is told into notices, once per message and member, queues their e-mails, and decides the
 * events of type `member.told` that brought them, those too that make no notice. Which are told, and where, the policy in
 * force says. A repeat finds the events decided and changes nothing. Other events are left alone.
 */
export async function tellMember(deps: ActivityDeps, ref: MemberEvents): Promise<MemberStep> {
  if (ref.eventIds.length === 0) return NOTHING_PENDING;
  return await inTransaction(deps, async (tx) => {
    const told = await lockTold(tx, ref);
    if (told.length === 0) return NOTHING_PENDING;
    const reader = await readReader(tx, ref);
    const policy =
      reader.version === null ? null : await deps.policies.load(tx, ref.programId, reader.version);
    const section = policy?.notices;
    const notices = section === undefined ? [] : noticesOf(ref, told, section);
    const named = policy === null ? [] : await withNames(tx, ref.programId, policy, notices);
    const at_ms = quietUntil(ref.now_ms, section?.quiet_hours ?? null, reader.zone);
    if (named.length > 0) await insertNotices(tx, ref, named, { locale: reader.locale, at_ms });
    await decideEvents(tx, ref.programId, decisionsOf(told, notices));
    return NOTHING_PENDING;
  });
}

/** Locks the batch's events that are not decided yet. */
async function lockTold(tx: Tx, { programId, memberId, eventIds }: MemberEvents): Promise<Told[]> {
  return await tx.$queryRaw<Told[]>`
    SELECT e.id::text AS event_id,
           CASE WHEN o.key IS NOT NULL THEN jsonb_build_object('key', o.key, 'type', o.type, 'payload', o.payload) END AS message
    FROM (
      SELECT id, program_id, payload FROM events
      WHERE program_id = ${programId}::uuid AND id = ANY(${[...eventIds]}::uuid[]) AND type = 'member.told'
        AND workflow_id = ${`member-${memberId}`} AND state NOT IN ('decided', 'parked')
      ORDER BY seq FOR NO KEY UPDATE) e
    LEFT JOIN outbox o ON o.program_id = e.program_id AND o.key = e.payload->>'message'`;
}

async function readReader(tx: Tx, { programId, memberId }: MemberEvents): Promise<Reader> {
  const [row] = await tx.$queryRaw<Reader[]>`
    SELECT m.locale, coalesce(m.time_zone, p.time_zone) AS zone,
           ${latestVersion(Prisma.sql`p.id`)} AS version
    FROM members m JOIN programs p ON p.id = m.program_id
    WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid`;
  if (row === undefined) throw new Error(`member ${memberId} does not exist`);
  return row;
}

function noticesOf(
  { programId, memberId }: MemberEvents,
  told: readonly Told[],
  { kinds }: NoticePolicy,
): NewNotice[] {
  return told.flatMap(({ event_id, message }) => {
    const notice = message === null ? null : noticeOf(message, memberId);
    if (message === null || notice === null) return [];
    const { kind, params } = notice;
    const channels = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (channels === undefined || (!channels.inbox && !channels.email)) return [];
    const key = noticeKey(message.key, memberId);
    const id = nameId('notice', programId, key);
    const { inbox, email } = channels;
    return [{ id, event_id, kind, key, params, category: categoryOf(kind), in_inbox: inbox, email }];
  });
}

async function insertNotices(
  tx: Tx,
  { programId, memberId, now_ms }: MemberEvents,
  notices: readonly NewNotice[],
  { locale, at_ms }: { readonly locale: string; readonly at_ms: number },
): Promise<void> {
  const now = new Date(now_ms);
  await tx.$executeRaw`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${toJsonText(notices)}::jsonb)
        AS n(id uuid, kind text, key text, params jsonb, category notice_category, in_inbox boolean, email boolean)
    ), told AS (
      INSERT INTO notices (program_id, id, member_id, kind, key, params, locale, in_inbox, created_at)
      SELECT ${programId}::uuid, id, ${memberId}::uuid, kind, key, params, ${locale}, in_inbox, ${now}::timestamptz FROM given
      ON CONFLICT DO NOTHING
      RETURNING id
    )
    INSERT INTO notice_emails (program_id, notice_id, member_id, category, due_at, queued_at, created_at)
    SELECT ${programId}::uuid, id, ${memberId}::uuid, category, ${new Date(at_ms)}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
    FROM given JOIN told USING (id) WHERE email
    ON CONFLICT DO NOTHING`;
}

/** What came of each event: the notice that it made, if any. */
function decisionsOf(told: readonly Told[], notices: readonly NewNotice[]): Decision[] {
  return told.map(({ event_id: eventId }) => {
    const notice = notices.find((it) => it.event_id === eventId);
    return { eventId, outcome: { decision: 'accepted', trace: { notice: notice?.id ?? null } } };
  });
}
