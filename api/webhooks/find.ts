import type { Database, Tx } from '../../prisma/client.ts';
import type { WebhookEndpoint } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';

/** An endpoint of the program, or `not_found`. */
export async function findWebhook(
  db: Database | Tx,
  programId: string,
  id: string,
): Promise<WebhookEndpoint> {
  const row = await db.webhookEndpoint.findUnique({ where: { programId_id: { programId, id } } });
  if (row === null) throw notFound('webhook endpoint');
  return row;
}
