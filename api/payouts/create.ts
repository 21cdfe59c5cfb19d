import type { PaymentFile } from '../../domain/payouts/profiles/file.ts';
import { PROFILE_FIELDS } from '../../domain/payouts/profiles/payment.ts';
import { audit } from '../../engine/audit/record.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import { type PayoutBatch, Prisma } from '../../prisma/generated/client.ts';

interface NewBatch {
  readonly programId: string;
  readonly actor: string;
  readonly now: Date;
  readonly name: string;
  readonly unit: string;
  /** The most redemptions that it may hold. */
  readonly limit: number;
  readonly payment: PaymentFile | null;
}

/**
 * Puts redemptions that wait to be paid by hand into a new batch, the oldest first; with `payment` those
 * alone that its format can pay. Null: none waits.
 */
export async function createBatch(tx: Tx, wish: NewBatch): Promise<PayoutBatch | null> {
  const { programId, actor, now, name, unit, payment } = wish;
  const waiting = await takeWaiting(tx, wish);
  if (waiting.length === 0) return null;
  const batch = await tx.payoutBatch.create({
    data: {
      programId,
      id: newId(now.getTime()),
      name,
      unit,
      lines: waiting.length,
      payment: payment === null ? Prisma.DbNull : ({ ...payment } as unknown as Prisma.InputJsonObject),
      createdBy: actor,
      createdAt: now,
    },
  });
  await tx.redemption.updateMany({
    where: { programId, id: { in: waiting.map((row) => row.id) } },
    data: { batchId: batch.id },
  });
  const detail = { lines: waiting.length, profile: payment?.profile ?? null };
  await audit(tx, { programId, actor, action: 'payouts.batch_created', subject: batch.id, detail });
  return batch;
}

/** Locks redemptions that wait to be paid by hand and are in no batch, the oldest first. */
async function takeWaiting(
  tx: Tx,
  { programId, unit, limit, payment }: NewBatch,
): Promise<{ readonly id: string }[]> {
  const payable =
    payment === null
      ? Prisma.empty
      : Prisma.sql`AND coalesce(value_unit, unit) = ${payment.currency}
          AND jsonb_typeof(destination -> ${PROFILE_FIELDS[payment.profile]}) = 'string'`;
  return await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM redemptions
    WHERE program_id = ${programId}::uuid AND unit = ${unit}
      AND status = 'needs_operator' AND method = 'manual' AND batch_id IS NULL ${payable}
    ORDER BY created_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
}
