import {
  type Payment,
  type PaymentFact,
  type PaymentRefund,
  type Purchase,
  type Settled,
  settle,
} from '../../domain/billing/payment.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { BillingProvider, Prisma } from '../../prisma/generated/client.ts';

/** Which program's payments, by which provider. */
export interface Ledgered {
  readonly programId: string;
  readonly provider: BillingProvider;
}

const WHOLE = { objects: true, refunds: { orderBy: { seq: 'asc' } } } as const;
type PaymentRow = Prisma.BillingPaymentGetPayload<{ include: typeof WHOLE }>;

/**
 * One after the other for each program: what two events say of one payment may come under ids that only a
 * third one connects. Held until the transaction ends.
 */
export async function lockPayments(tx: Tx, { programId, provider }: Ledgered): Promise<void> {
  const lock = `billing ${programId} ${provider}`;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${lock}, 0))`;
}

/**
 * Records what a fact says of its payment, and returns what `settle` made of it. The caller holds
 * `lockPayments`, and stores the events in the same transaction.
 */
export async function recordPayment(
  tx: Tx,
  of: Ledgered,
  fact: PaymentFact,
  subject: string | null,
): Promise<Settled | null> {
  const rows = await paymentsWith(tx, of, fact.ids);
  const settled = settle(rows.map(paymentOf), fact, subject);
  if (settled === null) return null;
  const target = await mergeInto(tx, of, rows);
  const data = purchaseColumns(settled.payment.purchase);
  await tx.billingPayment.update({ where: { programId_id: target }, data, select: { id: true } });
  await saveObjects(tx, of, target.id, settled.payment.ids);
  for (const refund of settled.payment.refunds) await saveRefund(tx, of.programId, target.id, refund);
  return settled;
}

async function paymentsWith(tx: Tx, of: Ledgered, ids: readonly string[]): Promise<PaymentRow[]> {
  const { programId, provider } = of;
  const some = { provider, objectId: { in: [...ids] } };
  return await tx.billingPayment.findMany({
    where: { programId, objects: { some } },
    include: WHOLE,
    orderBy: { id: 'asc' },
  });
}

/** The row that all of these become one with, or a new one. */
async function mergeInto(tx: Tx, { programId, provider }: Ledgered, rows: readonly PaymentRow[]) {
  const [first, ...others] = rows;
  if (first === undefined) {
    const id = newId();
    await tx.billingPayment.create({ data: { programId, id, provider }, select: { id: true } });
    return { programId, id };
  }
  if (others.length > 0) {
    const where = { programId, paymentId: { in: others.map(({ id }) => id) } };
    await tx.billingObject.updateMany({ where, data: { paymentId: first.id } });
    await tx.billingRefund.updateMany({ where, data: { paymentId: first.id } });
    await tx.billingPayment.deleteMany({ where: { programId, id: where.paymentId } });
  }
  return { programId, id: first.id };
}

async function saveObjects(
  tx: Tx,
  { programId, provider }: Ledgered,
  paymentId: string,
  ids: readonly string[],
): Promise<void> {
  const data = ids.map((objectId) => ({ programId, provider, objectId, paymentId }));
  await tx.billingObject.createMany({ data, skipDuplicates: true });
}

async function saveRefund(
  tx: Tx,
  programId: string,
  paymentId: string,
  { key, unit, gross_minor, occurred_at_ms, taken_minor, isTakenBack }: PaymentRefund,
): Promise<void> {
  const occurredAt = new Date(occurred_at_ms);
  const row = {
    programId,
    key,
    paymentId,
    unit,
    grossMinor: gross_minor,
    occurredAt,
    takenMinor: taken_minor,
    isTakenBack,
  };
  await tx.billingRefund.upsert({
    where: { programId_key: { programId, key } },
    create: row,
    update: { takenMinor: taken_minor, isTakenBack },
    select: { key: true },
  });
}

const purchaseColumns = (purchase: Purchase | null) =>
  purchase === null
    ? {}
    : {
        eventKey: purchase.key,
        subject: purchase.subject,
        unit: purchase.unit,
        grossMinor: purchase.gross_minor,
        valueMinor: purchase.value_minor,
      };

const paymentOf = (row: PaymentRow): Payment => ({
  ids: row.objects.map(({ objectId }) => objectId),
  purchase: purchaseOf(row),
  refunds: row.refunds.map((refund) => ({
    key: refund.key,
    unit: refund.unit,
    gross_minor: refund.grossMinor,
    occurred_at_ms: refund.occurredAt.getTime(),
    taken_minor: refund.takenMinor,
    isTakenBack: refund.isTakenBack,
  })),
});

/** A constraint of the table holds that all of it is there, or nothing. */
function purchaseOf({ eventKey, subject, unit, grossMinor, valueMinor }: PaymentRow): Purchase | null {
  if (eventKey === null || subject === null || unit === null) return null;
  if (grossMinor === null || valueMinor === null) return null;
  return { key: eventKey, subject, unit, gross_minor: grossMinor, value_minor: valueMinor };
}
