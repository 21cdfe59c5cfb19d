import type { EndpointRef } from '../../domain/webhooks/endpoint.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { queuePast } from '../../engine/webhooks/queue.ts';
import type { ActivityDeps } from '../deps.ts';

/** Messages that one step looks at. */
const STEP_MAX = 5_000;

export interface FillStep {
  /** The last message that was looked at; null: the endpoint is told from now on. */
  readonly last: string | null;
}

/**
 * Queues the next part of the past for a new endpoint, and at its end lets it be told. `after` is the message
 * that was looked at last.
 */
export async function fillWebhook(
  deps: ActivityDeps,
  { programId, endpointId, after }: EndpointRef & { readonly after: string },
): Promise<FillStep> {
  return await inTransaction(deps, async (tx) => {
    const where = { programId, id: endpointId, status: 'filling' as const };
    const row = await tx.webhookEndpoint.findFirst({ where });
    if (row?.fillFrom == null) return { last: null };
    const past = { programId, endpointId, from: row.fillFrom, after: BigInt(after), limit: STEP_MAX };
    const { last } = await queuePast(tx, past);
    if (last !== null) return { last: last.toString() };
    await tx.webhookEndpoint.updateMany({ where, data: { status: 'active', fillFrom: null } });
    return { last: null };
  });
}
