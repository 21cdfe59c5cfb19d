import type { z } from 'zod';
import { type Ledgered, lockPayments } from '../../engine/billing/payments.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { BillingResult } from '../../prisma/generated/client.ts';
import { statusNow } from '../cache/programs.ts';
import type { Services } from '../context.ts';
import type { Ask } from '../events/event-row.ts';
import { parseEvent } from '../events/input.ts';
import { type RowOptions, rowOf } from '../events/row.ts';
import { storeEvents } from '../events/statement.ts';
import { fail, notFound } from '../http/errors.ts';
import type { Translated } from './adapter.ts';
import { draftEvents } from './drafts.ts';
import type { billingReceiptAnswer } from './schema.ts';

export type Receipt = z.infer<typeof billingReceiptAnswer>;

/**
 * Takes what a message says, once: the payments, the customers, the events and the entry in the list of what
 * came in are one transaction, so that a process killed at any point leaves all or nothing, and the same
 * message again changes nothing. Throws `program_not_live` for a draft.
 */
export async function takeMessage(
  services: Services,
  of: Ledgered,
  { id, type, meaning }: Translated,
): Promise<Receipt> {
  if ('ignored' in meaning && meaning.ignored === 'type_unused') {
    return { result: 'ignored', reason: meaning.ignored, events: [] };
  }
  const { programId } = of;
  const program = await services.programs.get(programId);
  if (program === null) throw notFound('program');
  const now_ms = services.now();
  const status = statusNow(program, now_ms);
  if (status === 'draft') {
    throw fail('program_not_live', 'This program has not started and takes no events.');
  }
  const { hashSecret } = services.settings;
  const options: RowOptions = { programId, now_ms, hashSecret, mayImport: true, awaited: false };
  const take = async (tx: Tx): Promise<Receipt> => {
    await lockPayments(tx, of);
    const drafted =
      'ignored' in meaning
        ? { events: [], ignored: [meaning.ignored] }
        : await draftEvents(tx, of, meaning.facts, status !== 'ended', hashSecret);
    // What was paid by somebody who is erased stays as it was decided.
    const ofErased = (event: unknown) => (event as { refundOf?: string }).refundOf?.startsWith('erased:');
    const rows = drafted.events
      .filter((event) => ofErased(event) !== true)
      .map((event) => rowOf(parseEvent(event), options));
    const stored = rows.length === 0 ? [] : await storeEvents(askWithin(tx), rows, hashSecret);
    if (of.provider === 'http' && stored.some(({ isSame }) => !isSame)) {
      throw fail('key_reused', 'The key of this event came before with another event: correct the mapping.');
    }
    const fresh = rows
      .filter((_row, at) => stored[at]?.replayed === false && stored[at]?.isErased !== true)
      .map(({ key }) => key);
    const isErased = drafted.events.length > rows.length || stored.some((one) => one.isErased === true);
    const repeated = isErased ? 'member_erased' : 'already_recorded';
    const isRepeat = drafted.events.length > 0 && fresh.length === 0;
    const receipt = receiptOf(fresh, drafted.ignored[0] ?? (isRepeat ? repeated : null));
    await listDelivery(tx, of, { id, type, receipt, now: new Date(now_ms) });
    return receipt;
  };
  return await services.billingTurns.take(programId, () => services.writes.run(programId, take));
}

function receiptOf(events: string[], reason: Receipt['reason']): Receipt {
  if (events.length > 0) return { result: 'recorded', reason: null, events };
  return { result: reason === null ? 'noted' : 'ignored', reason, events };
}

const askWithin =
  (tx: Tx): Ask =>
  ({ text, values }) =>
    tx.$queryRawUnsafe(text, ...values);

interface Listed {
  readonly id: string;
  readonly type: string;
  readonly receipt: Receipt;
  readonly now: Date;
}

/** Enters the message into the list; what came of it the first time stays, when it became events. */
async function listDelivery(tx: Tx, of: Ledgered, { id, type, receipt, now }: Listed): Promise<void> {
  const result: BillingResult = receipt.result;
  const { reason, events } = receipt;
  await tx.$executeRaw`
    INSERT INTO billing_deliveries
      (program_id, id, provider, delivery_id, type, result, reason, event_keys, created_at)
    VALUES (${of.programId}::uuid, ${newId(now.getTime())}::uuid, ${of.provider}::billing_provider, ${id},
            ${type}, ${result}::billing_result, ${reason}, ${events}::text[], ${now})
    ON CONFLICT (program_id, provider, delivery_id) DO UPDATE
    SET result = excluded.result, reason = excluded.reason, event_keys = excluded.event_keys
    WHERE billing_deliveries.result <> 'recorded'`;
}
