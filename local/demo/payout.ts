import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { UserError } from '../user-error.ts';
import { patiently } from './patience.ts';
import type { Session } from './session.ts';
import type { RedemptionView } from './state.ts';

/** The file as somebody fills it in who has paid every line of it. */
export function filledIn(csv: string): string {
  const rows = parse(csv, { columns: true, bom: true }) as Record<string, string>[];
  const paid = rows.map((row) => ({
    ...row,
    outcome: 'paid',
    reference: `transfer-${(row['redemption_id'] ?? '').slice(-8)}`,
  }));
  return stringify(paid, { header: true });
}

async function settleBatch({ client }: Session, id: string): Promise<void> {
  // No idempotency key, so that each call is a new one: a key returns its file only once.
  const { csv } = await patiently(() => client.payouts.exportBatch.mutate({ id }));
  if (csv === null) throw new Error('an export came without its file');
  const { errors } = await patiently(() => client.payouts.importResults.mutate({ id, csv: filledIn(csv) }));
  const [wrong] = errors;
  if (wrong !== undefined) {
    throw new UserError(
      `Line ${wrong.line} of the batch ${id} was not taken (${wrong.code}): ${wrong.message}`,
    );
  }
}

/**
 * Pays what waits for a payment by hand, as an operator does: makes a batch for each unit, exports it, and
 * imports the file with what was paid. First settles a batch that an interrupted run left. Importing a file
 * twice changes nothing.
 */
export async function payByBatch(session: Session, waiting: readonly RedemptionView[]): Promise<void> {
  const { client } = session;
  const left = new Set(waiting.flatMap(({ batchId }) => (batchId === null ? [] : [batchId])));
  for (const id of left) await settleBatch(session, id);
  const units = new Set(waiting.filter(({ batchId }) => batchId === null).map(({ amount }) => amount.unit));
  for (const unit of units) {
    const name = `Paid by hand, ${unit}`;
    const { id } = await patiently(() => client.payouts.createBatch.mutate({ name, unit }));
    await settleBatch(session, id);
  }
}
