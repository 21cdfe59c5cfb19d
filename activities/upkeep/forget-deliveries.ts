import { addDays } from '../../domain/time.ts';
import { lowestIdAt } from '../../platform/ids.ts';
import type { Database } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';

/** Rows that one statement deletes, so that none runs long. */
const STEP_MAX = 10_000;

/**
 * Closes what lost its message, and forgets what endpoints were sent long ago; `WEBHOOK_LOG_DAYS` says how
 * long it is kept. Gives how many are forgotten.
 */
export async function forgetDeliveries(
  { db, webhooks }: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<{ forgotten: number }> {
  // Ids begin with the time, so that the key of the table finds the old ones.
  const before = lowestIdAt(addDays(now_ms, -webhooks.log_days));
  const endpoints = await db.webhookEndpoint.findMany({ select: { programId: true, id: true } });
  await dropLost(db);
  let forgotten = 0;
  for (const { programId, id } of endpoints) {
    for (let count = STEP_MAX; count === STEP_MAX; forgotten += count) {
      count = await db.$executeRaw`
        DELETE FROM webhook_deliveries WHERE (program_id, endpoint_id, id) IN (
          SELECT program_id, endpoint_id, id FROM webhook_deliveries
          WHERE program_id = ${programId}::uuid AND endpoint_id = ${id}::uuid AND id < ${before}::uuid
            AND ended_at IS NOT NULL
          LIMIT ${STEP_MAX})`;
    }
  }
  return { forgotten };
}

/** Closes what still waits for its turn though its message went with its month: it never can be sent. */
export async function dropLost(db: Database): Promise<void> {
  await db.$executeRaw`
    UPDATE webhook_deliveries d SET state = 'dropped', ended_at = now()
    WHERE state IN ('waiting', 'retrying') AND NOT EXISTS (SELECT FROM outbox o WHERE o.id = d.outbox_id)`;
}
