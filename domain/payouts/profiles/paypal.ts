import { normalizeEmail } from '../../members/email.ts';
import { decimalOf } from '../../money.ts';
import { ok, type Result, refuse } from '../../refusal.ts';
import { withoutFormulas } from '../formula.ts';
import { badField, type DuePayment, digitsOf, fieldOf } from './payment.ts';

/**
 * https://developer.paypal.com/docs/api/reference/currency-codes/, read in November 2026, less the rouble:
 * Payouts has 24 currencies (https://docs.paypal.ai/growth/payouts/overview).
 */
const CURRENCIES: ReadonlySet<string> = new Set(
  'AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD'.split(
    ' ',
  ),
);
/** The same place, note 1: without decimals, whatever ISO 4217 says. */
const WHOLE: ReadonlySet<string> = new Set(['HUF', 'JPY', 'TWD']);

/** https://docs.paypal.ai/growth/payouts/send-money/use-web-ui: the most characters of a note. */
export const PAYPAL_NOTE_MAX = 400;
/** The same place: the most characters of a customer ID, which has no spaces. */
const CUSTOMER_ID_MAX = 30;
/** The `account_id` of PayPal's API: 13 letters and digits, none of them easily mistaken. */
const PAYER_ID = /^[2-9A-HJ-NP-Z]{13}$/;

/** What is set for all payments of a file. */
export interface PayPalFile {
  readonly profile: 'paypal';
  readonly currency: string;
  /** What the recipients read. */
  readonly note: string | null;
  /** Whether the account writes `20,00` where others write `20.00`. */
  readonly decimalComma: boolean;
}

/** Whether PayPal pays in this currency. */
export const isPayPalCurrency = (currency: string): boolean => CURRENCIES.has(currency);

/**
 * A line of a file for PayPal Payouts, which has no header
 * (https://docs.paypal.ai/growth/payouts/send-money/use-web-ui): recipient, amount, currency, customer ID,
 * note, wallet. The customer ID is the end of the redemption's id. Refuses with `destination_invalid`, or
 * with `amount_not_integer` where PayPal counts in whole units.
 */
export function payPalRow(payment: DuePayment, file: PayPalFile): Result<readonly string[]> {
  const recipient = fieldOf(payment, 'paypal');
  if (!PAYER_ID.test(recipient) && !normalizeEmail(recipient).ok) {
    return badField('paypal', 'is neither an e-mail address nor an id of a payer');
  }
  // An apostrophe would make it another's address.
  if (withoutFormulas(recipient) !== recipient) return badField('paypal', 'begins like a formula');
  const decimal = decimalOf(payment.amount);
  const amount = WHOLE.has(file.currency) ? decimal.replace(/\.0+$/, '') : decimal;
  if (WHOLE.has(file.currency) && amount.includes('.')) {
    return refuse('amount_not_integer', `PayPal pays no fraction of ${file.currency}.`);
  }
  const customerId = digitsOf(payment.redemptionId).slice(-CUSTOMER_ID_MAX);
  const written = file.decimalComma ? amount.replace('.', ',') : amount;
  return ok([recipient, written, file.currency, customerId, file.note ?? '', 'PAYPAL']);
}
