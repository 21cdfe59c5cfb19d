import { type Decision, decidedEvents, notifyDecided } from '../../engine/events/decide.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { NoticeReader } from './read.ts';

/** A notice on its way into the database, with its e-mail where there is to be one. */
export interface NewNotice {
  readonly id: string;
  readonly eventId: string;
  readonly kind: string;
  readonly key: string;
  readonly params: object;
  readonly category: string;
  readonly inInbox: boolean;
  readonly hasEmail: boolean;
}

/** An event with the notice that it led to, if any, and its outcome. Nobody can wait for these events. */
export interface ToldEvent extends Decision {
  readonly notice: NewNotice | null;
}

interface Telling {
  readonly programId: string;
  readonly now_ms: number;
  readonly email_at_ms: number;
  readonly reader: NoticeReader;
}

/**
 * Decides the events and stores their notices with their e-mails: in one statement, which is a transaction of
 * its own. An event that another call has decided meanwhile is left out with its notice. Returns the ids of
 * those it decided.
 */
export async function writeTold(
  db: Database,
  { programId, now_ms, email_at_ms, reader }: Telling,
  told: readonly ToldEvent[],
): Promise<ReadonlySet<string>> {
  const now = new Date(now_ms);
  const source = Prisma.sql`SELECT ${programId}::uuid AS program_id, "eventId" AS id, outcome FROM told`;
  const rows = await db.$queryRaw<{ id: string }[]>`
    WITH told AS (
      SELECT * FROM jsonb_to_recordset(${toJsonText(told)}::jsonb)
        AS t("eventId" uuid, outcome jsonb, notice jsonb)
    ), ${decidedEvents(source)}, given AS (
      SELECT n.* FROM told JOIN decision ON decision.id = told."eventId",
        jsonb_to_record(notice) AS n(
          id uuid, kind text, key text, params jsonb,
          category notice_category, "inInbox" boolean, "hasEmail" boolean)
      WHERE n.id IS NOT NULL
    ), fresh AS (
      INSERT INTO notices (program_id, id, member_id, kind, key, params, locale, in_inbox, created_at)
      SELECT ${programId}::uuid, id, ${reader.memberId}::uuid, kind, key, params, ${reader.locale}, "inInbox",
             ${now}::timestamptz
      FROM given
      ON CONFLICT DO NOTHING
      RETURNING id
    ), email AS (
      INSERT INTO notice_emails (program_id, notice_id, member_id, category, due_at, queued_at, created_at)
      SELECT ${programId}::uuid, id, ${reader.memberId}::uuid, category,
             ${new Date(email_at_ms)}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
      FROM given JOIN fresh USING (id) WHERE "hasEmail"
      ON CONFLICT DO NOTHING
    )
    SELECT id::text, notified FROM decision, (${notifyDecided}) notified_once`;
  return new Set(rows.map(({ id }) => id));
}
