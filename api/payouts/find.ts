import type { Database, Tx } from '../../prisma/client.ts';
import type { PayoutBatch } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';

/** A batch of the program. Throws `not_found`. */
export async function findBatch(db: Database | Tx, programId: string, batchId: string): Promise<PayoutBatch> {
  const row = await db.payoutBatch.findUnique({ where: { programId_id: { programId, id: batchId } } });
  if (row === null) throw notFound('batch');
  return row;
}
