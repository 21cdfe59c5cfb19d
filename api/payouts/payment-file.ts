import { stringify } from 'csv-stringify/sync';
import type { PaymentFile } from '../../domain/payouts/profiles/file.ts';
import type { DuePayment } from '../../domain/payouts/profiles/payment.ts';
import { payPalRow } from '../../domain/payouts/profiles/paypal.ts';
import { painDocument, sepaTransfer } from '../../domain/payouts/profiles/sepa.ts';
import { WISE_HEAD, wiseRow } from '../../domain/payouts/profiles/wise.ts';
import type { Refusal, Result } from '../../domain/refusal.ts';
import { redemptionWorkflow } from '../../engine/events/workflow-ids.ts';
import { payoutAmount } from '../../engine/payouts/amount.ts';
import type { Tx } from '../../prisma/client.ts';
import type { PayoutBatch } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';
import { iso } from '../trpc/views.ts';
import { fieldsOf } from './export.ts';

const ISSUES_MAX = 20;
const CSV = 'text/csv; charset=utf-8';
const XML = 'application/xml';

/** A file for another provider. */
export interface BuiltPayments {
  readonly mediaType: string;
  readonly text: string;
}

/**
 * The payouts of a batch that are still to be paid, in the order in which they were asked for: neither ended
 * nor given an outcome that is on its way to their workflow.
 */
export async function openPayments(tx: Tx, programId: string, batchId: string): Promise<DuePayment[]> {
  const rows = await tx.redemption.findMany({
    where: { programId, batchId, status: 'needs_operator' },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  const told = await tx.event.findMany({
    where: {
      programId,
      workflowId: { in: rows.map(({ id }) => redemptionWorkflow(id)) },
      type: { in: ['redemption.paid', 'redemption.failed'] },
      decidedAt: null,
    },
    select: { workflowId: true },
  });
  const toldIds = new Set(told.map(({ workflowId }) => workflowId));
  return rows
    .filter(({ id }) => !toldIds.has(redemptionWorkflow(id)))
    .map((row) => ({
      redemptionId: row.id,
      amount: payoutAmount(row),
      destination: fieldsOf(row.destination),
    }));
}

/**
 * The file that pays them, always the same for the same payments and day. Throws the code of the first
 * payment that the format forbids, with an issue for each.
 */
export function buildPayments(
  batch: PayoutBatch,
  file: PaymentFile,
  payments: readonly DuePayment[],
  executeOn: string | undefined,
): BuiltPayments {
  switch (file.profile) {
    case 'paypal':
      return csvOf(readAll(payments, (payment) => payPalRow(payment, file)));
    case 'wise':
      return csvOf([WISE_HEAD, ...readAll(payments, (payment) => wiseRow(payment, file))]);
    case 'sepa': {
      const madeAt = iso(batch.createdAt);
      const order = { batchId: batch.id, madeAt, executeOn: executeOn ?? madeAt.slice(0, 10) };
      return { mediaType: XML, text: painDocument(order, file, readAll(payments, sepaTransfer)) };
    }
  }
}

/** For a program, which takes every character as it is. */
const csvOf = (rows: readonly (readonly string[])[]): BuiltPayments => ({
  mediaType: CSV,
  text: stringify([...rows], { record_delimiter: '\r\n' }),
});

function readAll<T>(payments: readonly DuePayment[], read: (payment: DuePayment) => Result<T>): T[] {
  const values: T[] = [];
  const wrong: (Refusal & { readonly id: string })[] = [];
  for (const payment of payments) {
    const result = read(payment);
    if (result.ok) values.push(result.value);
    else wrong.push({ ...result, id: payment.redemptionId });
  }
  const [first] = wrong;
  if (first === undefined) return values;
  const issues = wrong
    .slice(0, ISSUES_MAX)
    .map(({ id, message }) => ({ path: `redemptions.${id}`, message }));
  throw fail(
    first.code,
    `The format forbids ${wrong.length} of the payments: resolve each as failed, and its member asks anew.`,
    issues,
  );
}
