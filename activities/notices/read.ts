import { type Message, parseMessage, type StoredMessage } from '../../domain/messages.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { latestVersion } from '../../engine/policies/latest.ts';
import { isBeingErased } from '../../engine/privacy/erasing.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { MemberEvents } from '../member-step.ts';

/** An event with the message that it brings. */
export interface MessageEvent {
  readonly eventId: string;
  /** Null when the event names a message that is not there or cannot be read. */
  readonly message: Message | null;
}

/** What the member's notices depend on besides the message. */
export interface NoticeReader {
  /** Who reads them: the one into whom the member was merged, or the member. */
  readonly memberId: string;
  readonly locale: string;
  readonly zone: string;
  /** The version of the policy in force; null: there is none. */
  readonly version: number | null;
  /** Nobody is left to be told. */
  readonly isErased: boolean;
}

interface ToldRow {
  readonly eventId: string;
  readonly message: StoredMessage | null;
  readonly reader: NoticeReader | null;
}

/** What there is to tell a member. */
interface ToldBatch {
  readonly events: readonly MessageEvent[];
  /** Null when there are no events. */
  readonly reader: NoticeReader | null;
}

/**
 * Reads the events of the batch that bring messages and are not decided yet, in their order, and who reads
 * what they say. OFFSET 0 keeps the events' own plan apart: otherwise PostgreSQL expects so much of the
 * tables by months that it plans anew for each call, which costs more than the reading.
 */
export async function readTold(
  db: Database,
  { programId, memberId, eventIds }: MemberEvents,
): Promise<ToldBatch> {
  const rows = await db.$queryRaw<ToldRow[]>`
    SELECT e.id::text AS "eventId",
      CASE WHEN o.key IS NOT NULL THEN jsonb_build_object(
        'key', o.key, 'subject', o.subject, 'members', o.members,
        'type', o.type, 'payload', o.payload) END AS message,
      (SELECT jsonb_build_object('memberId', m.id, 'locale', m.locale, 'isErased', ${isBeingErased},
         'zone', coalesce(m.time_zone, p.time_zone), 'version', ${latestVersion(Prisma.sql`p.id`)})
       FROM members g
       JOIN members m ON m.program_id = g.program_id AND m.id = coalesce(g.merged_into, g.id)
       JOIN programs p ON p.id = m.program_id
       WHERE g.program_id = ${programId}::uuid AND g.id = ${memberId}::uuid) AS reader
    FROM (
      SELECT id, program_id, payload, seq FROM events
      WHERE program_id = ${programId}::uuid AND id = ANY(${[...eventIds]}::uuid[]) AND type = 'member.told'
        AND workflow_id = ${memberWorkflow(memberId)} AND state NOT IN ('decided', 'parked')
      OFFSET 0) e
    LEFT JOIN outbox_keys k ON k.program_id = e.program_id AND k.key = e.payload->>'message'
    LEFT JOIN outbox o ON o.id = k.outbox_id
    ORDER BY e.seq`;
  const [first] = rows;
  if (first === undefined) return { events: [], reader: null };
  if (first.reader === null) throw new Error(`member ${memberId} does not exist`);
  const events = rows.map(({ eventId, message }) => ({
    eventId,
    message: message === null ? null : parseMessage(message),
  }));
  return { events, reader: first.reader };
}
