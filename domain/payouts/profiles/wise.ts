import { decimalOf } from '../../money.ts';
import { ok, type Result } from '../../refusal.ts';
import { withoutFormulas } from '../formula.ts';
import { badField, type DuePayment, fieldOf } from './payment.ts';

/**
 * The columns of Wise's template for saved recipients, by its names, which must not be changed
 * (https://wise.com/help/articles/2663302/how-do-i-fill-in-my-batch-template). The template comes from the
 * account itself; there its last column is named `receiverType`, which the article calls `recipientType`.
 */
export const WISE_HEAD = [
  'recipientId',
  'name',
  'recipientEmail',
  'recipientDetail',
  'sourceCurrency',
  'targetCurrency',
  'amountCurrency',
  'amount',
  'paymentReference',
  'receiverType',
] as const;

/**
 * The most characters of a reference: what Wise sends with US dollars
 * (https://wise.com/help/articles/2932870), the fewest of any currency.
 */
export const WISE_REFERENCE_MAX = 10;
const NAME_MAX = 140;
/** Wise numbers recipients, and names those of newer accounts by a UUID. */
const RECIPIENT = /^(?:[1-9][0-9]{0,18}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const RECEIVER_TYPES = ['PERSON', 'INSTITUTION'];

/** What is set for all payments of a file. */
export interface WiseFile {
  readonly profile: 'wise';
  readonly currency: string;
  /** Of the balance from which Wise pays. */
  readonly sourceCurrency: string;
  readonly reference: string | null;
}

/**
 * A line of a file for Wise's batch payments, to a recipient whom the account has saved: they get the exact
 * amount (`amountCurrency` `target`). Refuses with `destination_invalid`.
 */
export function wiseRow(payment: DuePayment, file: WiseFile): Result<readonly string[]> {
  const recipient = fieldOf(payment, 'wiseRecipientId').toLowerCase();
  if (!RECIPIENT.test(recipient)) return badField('wiseRecipientId', 'is no id of a recipient at Wise');
  const name = fieldOf(payment, 'name');
  if (name === '') return badField('name', 'is missing');
  if (name.length > NAME_MAX || /\p{Cc}/u.test(name)) {
    return badField('name', `has a break, or more than ${NAME_MAX} characters`);
  }
  if (withoutFormulas(name) !== name) return badField('name', 'holds the beginning of a formula');
  const type = (fieldOf(payment, 'receiverType') || 'PERSON').toUpperCase();
  if (!RECEIVER_TYPES.includes(type)) return badField('receiverType', 'is neither PERSON nor INSTITUTION');
  return ok([
    recipient,
    name,
    '',
    '',
    file.sourceCurrency,
    file.currency,
    'target',
    decimalOf(payment.amount),
    file.reference ?? '',
    type,
  ]);
}
