import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import type { Database, Tx } from '../../prisma/client.ts';
import { Prisma, type WebhookDeliveryState } from '../../prisma/generated/client.ts';

/** Which messages of the past, and how many of them at most. */
export interface PastMessages extends EndpointRef {
  readonly from: Date;
  /** Left out: all until now. */
  readonly to?: Date;
  /** The message after which to begin; 0: the first. */
  readonly after: bigint;
  readonly limit: number;
  /** What was queued before and ended so is sent again; left out: none. */
  readonly again?: readonly WebhookDeliveryState[];
}

/** How far a part of the past was looked through. */
export interface Queued {
  /** Messages that were put into the queue. */
  readonly queued: number;
  /** The last message that was looked at; null: there was none, and all is done. */
  readonly last: bigint | null;
}

/**
 * Retries that have been due for so long are seen by the dispatcher, whatever the endpoint's workflow waits
 * for.
 */
export const OVERDUE = '1 minute';

/** SQL: a delivery is due again. It keeps its id and its log, and has all its attempts anew. */
const DUE_AGAIN = Prisma.sql`
  state = 'retrying', attempts = 0, ended_at = NULL, due_at = now() - ${OVERDUE}::interval`;

/** Sends a message again, whatever became of it. */
export async function queueAgain(
  tx: Tx,
  { programId, endpointId }: EndpointRef,
  deliveryId: string,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE webhook_deliveries SET ${DUE_AGAIN}
    WHERE program_id = ${programId}::uuid AND endpoint_id = ${endpointId}::uuid AND id = ${deliveryId}::uuid`;
}

/**
 * Queues for an endpoint what it takes of the past and was never queued, and what `again` says. Everything
 * else stays as it is.
 */
export async function queuePast(
  db: Database | Tx,
  { programId, endpointId, from, to, after, limit, again = [] }: PastMessages,
): Promise<Queued> {
  const [row] = await db.$queryRaw<{ queued: number; last: bigint | null }[]>`
    WITH message AS (
      SELECT id FROM outbox
      WHERE program_id = ${programId}::uuid AND id > ${after} AND created_at >= ${from}::timestamptz
        AND created_at < coalesce(${to ?? null}::timestamptz, 'infinity') AND type <> 'webhook.ping'
      ORDER BY id LIMIT ${limit}
    ), queued AS (
      INSERT INTO webhook_deliveries (program_id, endpoint_id, outbox_id, subject)
      SELECT o.program_id, e.id, o.id, o.subject
      FROM message JOIN outbox o USING (id)
      JOIN webhook_endpoints e ON e.program_id = o.program_id AND e.id = ${endpointId}::uuid
      WHERE webhook_wants(e, o)
      ON CONFLICT (program_id, endpoint_id, outbox_id) DO NOTHING
      RETURNING 1
    ), again AS (
      UPDATE webhook_deliveries d SET ${DUE_AGAIN} FROM message
      WHERE d.program_id = ${programId}::uuid AND d.endpoint_id = ${endpointId}::uuid
        AND d.outbox_id = message.id AND d.state = ANY (${[...again]}::webhook_delivery_state[])
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM queued) + (SELECT count(*)::int FROM again) AS queued,
           (SELECT max(id) FROM message) AS last`;
  return row ?? { queued: 0, last: null };
}
