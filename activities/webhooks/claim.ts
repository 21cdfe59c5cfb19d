import { parseMessage } from '../../domain/messages.ts';
import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import type { Told } from '../../engine/webhooks/body.ts';
import { KNOWN_MEMBERS } from '../../engine/webhooks/known-members.ts';
import type { Database } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** first: messages that were not tried yet, in their order. retry: those whose next attempt is due. */
export type Lane = 'first' | 'retry';

/** A message that is to be sent now. */
export interface Due extends Told {
  readonly outboxId: bigint;
  readonly subject: string;
  /** Before this one. */
  readonly attempts: number;
}

interface Row extends Omit<Due, 'sequence' | 'message'> {
  readonly sequence: bigint;
  readonly key: string;
  readonly type: string;
  readonly payload: unknown;
}

const LANES: Readonly<Record<Lane, (after: bigint, now: Date) => Prisma.Sql>> = {
  first: (after) => Prisma.sql`state = 'waiting' AND outbox_id > ${after} ORDER BY outbox_id`,
  retry: (_, now) => Prisma.sql`state = 'retrying' AND due_at <= ${now}::timestamptz ORDER BY due_at`,
};

/**
 * How long a claim says that the endpoint is at work, so that nobody wakes its workflow for what is new. A
 * retry does not say so: it sends nothing that is new.
 */
const BUSY: Readonly<Record<Lane, (now: Date) => Prisma.Sql>> = {
  first: (now) => Prisma.sql`GREATEST(busy_until, ${now}::timestamptz + interval '30 seconds')`,
  retry: () => Prisma.sql`busy_until`,
};

/**
 * The messages that an endpoint is to be sent next: of the lane `first` those after `after`. Each gets its
 * number here, for good. Gives none when the endpoint is to be told nothing.
 */
export async function claimDue(
  db: Database,
  { programId, endpointId }: EndpointRef,
  { lane, after, limit, now_ms }: { lane: Lane; after: bigint; limit: number; now_ms: number },
): Promise<Due[]> {
  const now = new Date(now_ms);
  const rows = await db.$queryRaw<Row[]>`
    WITH due AS (
      SELECT id, outbox_id, sequence, attempts FROM webhook_deliveries
      WHERE program_id = ${programId}::uuid AND endpoint_id = ${endpointId}::uuid
        AND ${LANES[lane](after, now)} LIMIT ${limit}
    ), endpoint AS (
      UPDATE webhook_endpoints SET
        sequence = sequence + (SELECT count(*) FROM due WHERE sequence IS NULL),
        busy_until = ${BUSY[lane](now)}
      WHERE program_id = ${programId}::uuid AND id = ${endpointId}::uuid AND status = 'active'
        AND EXISTS (SELECT 1 FROM due)
      RETURNING sequence - (SELECT count(*) FROM due WHERE sequence IS NULL) AS numbered
    ), place AS (
      SELECT due.*, count(*) FILTER (WHERE sequence IS NULL) OVER (ORDER BY outbox_id) AS nth FROM due
    ), numbered AS (
      UPDATE webhook_deliveries d SET sequence = endpoint.numbered + place.nth FROM place, endpoint
      WHERE d.program_id = ${programId}::uuid AND d.endpoint_id = ${endpointId}::uuid AND d.id = place.id
        AND d.sequence IS NULL
      RETURNING d.id, d.sequence
    )
    SELECT due.id::text, o.program_id::text AS "programId", o.id AS "outboxId", o.subject,
           COALESCE(due.sequence, numbered.sequence) AS sequence, due.attempts, o.created_at AS at,
           o.key, o.type, o.payload, ${KNOWN_MEMBERS} AS members
    FROM endpoint, due LEFT JOIN numbered USING (id) JOIN outbox o ON o.id = due.outbox_id
    WHERE COALESCE(due.sequence, numbered.sequence) IS NOT NULL
    ORDER BY o.id`;
  return rows.map(({ sequence, key, type, payload, ...row }) => ({
    ...row,
    sequence: Number(sequence),
    message: parseMessage({ key, subject: row.subject, members: [], type, payload }),
  }));
}

/** When the next retry of an endpoint falls due, and when that was looked up. */
interface NextRetry {
  /** Null: none will. */
  readonly retryAt_ms: number | null;
  /** By the database's clock, to the microsecond. */
  readonly seenAt_ms: number;
}

/**
 * Looks up the next retry of an endpoint. Of two looks the later one saw all that was on record when the
 * earlier one began: `now()` comes before what a statement reads.
 */
export async function nextRetry(db: Database, { programId, endpointId }: EndpointRef): Promise<NextRetry> {
  const [row] = await db.$queryRaw<[{ dueAt: Date | null; seenAt_ms: number }]>`
    SELECT min(due_at) AS "dueAt", (extract(epoch FROM now()) * 1000)::float8 AS "seenAt_ms"
    FROM webhook_deliveries
    WHERE program_id = ${programId}::uuid AND endpoint_id = ${endpointId}::uuid AND state = 'retrying'`;
  return { retryAt_ms: row.dueAt?.getTime() ?? null, seenAt_ms: row.seenAt_ms };
}
