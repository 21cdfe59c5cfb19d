import { divideRounded, type Money } from '../money.ts';
import { moneyOfStripe } from '../payouts/stripe-amount.ts';
import type { BillingFact, IgnoredReason, Meaning, Payer } from './fact.ts';
import type {
  StripeAnswers,
  StripeCheckout,
  StripeCreditNote,
  StripeEvent,
  StripeInvoice,
  StripePaymentIntent,
  StripeRefund,
  StripeSettings,
} from './stripe-objects.ts';

/** The action that the end of a subscription becomes. */
const SUBSCRIPTION_ENDED = 'subscription_ended';
const MEMBER_ID_MAX = 255;

/** What the mapping of one event works with. */
interface Reading {
  readonly settings: StripeSettings;
  readonly answers: StripeAnswers;
  readonly at_ms: number;
}

/** What an event of Stripe's means by a program's settings. It was verified, and is for this program. */
export function meaningOfStripe(
  event: StripeEvent,
  settings: StripeSettings,
  answers: StripeAnswers,
): Meaning {
  const { subject } = event;
  const reading: Reading = { settings, answers, at_ms: event.created_at_ms };
  if (subject === null) return { ignored: 'type_unused' };
  switch (subject.kind) {
    case 'invoice_paid':
      return ofInvoice(subject.object, reading);
    case 'checkout_completed':
      return ofCheckout(subject.object, reading);
    case 'payment_succeeded':
      return ofPaymentIntent(subject.object, reading);
    case 'invoice_payment_paid':
      return { facts: [{ kind: 'linked', ids: [subject.object.invoice, ...subject.object.payments] }] };
    case 'refund_changed':
      return ofRefunds([subject.object], reading);
    case 'charge_refunded': {
      const { id, paymentIntent, invoice, refunds } = subject.object;
      const ids = [id, ...given(paymentIntent), ...given(invoice)];
      const counted = ofRefunds(refunds, reading);
      return { facts: [{ kind: 'linked', ids }, ...('facts' in counted ? counted.facts : [])] };
    }
    case 'dispute_closed': {
      const { id, amount, currency, status, charge, paymentIntent } = subject.object;
      const [key, ids] = [`stripe:dispute:${id}`, [...given(paymentIntent), charge]];
      if (status === 'won') return { facts: [reinstated({ key, ids }, 'dispute_not_lost', reading)] };
      if (status !== 'lost') return { ignored: 'dispute_not_lost' };
      return giveBack({ key, ids, amount, currency }, reading);
    }
    case 'credit_note_created':
      return ofCreditNote(subject.object, reading);
    case 'credit_note_voided': {
      const { id, invoice } = subject.object;
      const note = { key: `stripe:credit_note:${id}`, ids: [invoice] };
      return { facts: [reinstated(note, 'refund_tells', reading)] };
    }
    case 'subscription_ended': {
      const { id, customer, metadata, reason } = subject.object;
      const payer = payerOf({ customer, email: null, metadata }, reading);
      const key = `stripe:subscription:${id}:ended`;
      const properties = { subscription: id, ...(reason === null ? {} : { reason }) };
      const acted = { type: SUBSCRIPTION_ENDED, key, payer, properties, occurred_at_ms: reading.at_ms };
      return { facts: [{ kind: 'acted', ...acted }] };
    }
    case 'customer_changed': {
      const { id, email, metadata } = subject.object;
      const payer = payerOf({ customer: id, email, metadata }, reading);
      if (payer.member === null) return { ignored: 'names_nobody' };
      return { facts: [met(payer, [], reading)] };
    }
  }
}

function ofInvoice(invoice: StripeInvoice, reading: Reading): Meaning {
  const ids = [invoice.id, ...invoice.payments];
  return purchased(invoice.paid, invoice, { ids, payer: payerOf(invoice, reading) }, reading);
}

/** A checkout says who the customer is, whether or not anything was paid at once. */
function ofCheckout(checkout: StripeCheckout, reading: Reading): Meaning {
  const payer = payerOf(checkout, reading);
  const { friendCoupon } = reading.settings;
  // The friends' coupon is every member's: a slug of the same name would take the credit for all of them.
  const coupons = checkout.coupons.filter((id) => id !== friendCoupon);
  const facts = [met(payer, [...coupons, ...reading.answers.codes], reading)];
  const ids = [...given(checkout.invoice), ...given(checkout.paymentIntent)];
  if (!checkout.isPaid || checkout.currency === null || ids.length === 0) return { facts };
  if (checkout.invoice === null && checkout.invoiceFollows) return { facts };
  const { currency, total, tax, shipping } = checkout;
  const bought = purchased(total, { currency, total, tax, shipping }, { ids, payer }, reading);
  return { facts: [...facts, ...('facts' in bought ? bought.facts : [])] };
}

function ofPaymentIntent(intent: StripePaymentIntent, reading: Reading): Meaning {
  const invoice = intent.invoice ?? reading.answers.invoice;
  const ids = [...given(invoice), intent.id, ...given(intent.charge)];
  if (invoice !== null) return { facts: [{ kind: 'linked', ids }] };
  if (!reading.settings.paymentIntents) return { ignored: 'intents_off' };
  const price = { currency: intent.currency, total: intent.received, tax: 0, shipping: 0 };
  return purchased(intent.received, price, { ids, payer: payerOf(intent, reading) }, reading);
}

function ofRefunds(refunds: readonly StripeRefund[], reading: Reading): Meaning {
  const told = refunds.filter(({ status }) => status !== null && REFUND_ENDS.has(status));
  if (told.length === 0) return { ignored: 'refund_open' };
  const meanings = told.map(({ id, charge, paymentIntent, amount, currency, status }) => {
    const ids = [...given(paymentIntent), ...given(charge)];
    const back = giveBack({ key: `stripe:refund:${id}`, ids, amount, currency }, reading);
    return status === 'succeeded' ? back : takenBack(back);
  });
  const facts = meanings.flatMap((meaning) => ('facts' in meaning ? meaning.facts : []));
  return facts.length === 0 ? { ignored: 'amount_unknown' } : { facts };
}

/** A refund may fail after it succeeded, and is never made again under its id. */
const REFUND_ENDS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'canceled']);

const takenBack = (meaning: Meaning): Meaning =>
  'ignored' in meaning
    ? meaning
    : {
        facts: meaning.facts.map((fact) =>
          fact.kind === 'refunded' ? { ...fact, kind: 'reinstated', otherwise: 'refund_open' } : fact,
        ),
      };

/** What may come again, such as a dispute that is lost once more. */
const reinstated = (
  { key, ids }: Pick<GivenBack, 'key' | 'ids'>,
  otherwise: IgnoredReason,
  { at_ms }: Reading,
): BillingFact => ({ kind: 'reinstated', key, ids, gross: null, otherwise, occurred_at_ms: at_ms });

/** A credit note counts for what it gives back by other ways than refunds, which have events of their own. */
function ofCreditNote(note: StripeCreditNote, reading: Reading): Meaning {
  const amount = note.afterPayment - note.refunded;
  if (amount <= 0) return { ignored: 'refund_tells' };
  const { id, invoice, currency } = note;
  return giveBack({ key: `stripe:credit_note:${id}`, ids: [invoice], amount, currency }, reading);
}

interface GivenBack {
  readonly key: string;
  readonly ids: readonly string[];
  readonly amount: number;
  readonly currency: string;
}

function giveBack({ key, ids, amount, currency }: GivenBack, { at_ms }: Reading): Meaning {
  const gross = moneyOfStripe(amount, currency);
  if (!gross.ok || ids.length === 0) return { ignored: 'amount_unknown' };
  if (gross.value.minor === 0n) return { ignored: 'amount_zero' };
  return { facts: [{ kind: 'refunded', key, ids, gross: gross.value, occurred_at_ms: at_ms }] };
}

interface Price {
  readonly currency: string;
  readonly total: number;
  readonly tax: number;
  readonly shipping: number;
}

function purchased(
  paid: number,
  price: Price,
  { ids, payer }: { readonly ids: readonly string[]; readonly payer: Payer },
  { settings, at_ms }: Reading,
): Meaning {
  const gross = moneyOfStripe(paid, price.currency);
  if (!gross.ok) return { ignored: 'amount_unknown' };
  if (gross.value.minor === 0n) return { ignored: 'amount_zero' };
  const value_minor = counted(gross.value, price, settings.amounts);
  const fact = { ids, gross: gross.value, value_minor, payer, occurred_at_ms: at_ms };
  return { facts: [{ kind: 'purchased', ...fact }] };
}

/** What of a payment counts: its share of the price without what the program leaves out. */
function counted(gross: Money, price: Price, amounts: StripeSettings['amounts']): bigint {
  const left = amounts === 'gross' ? 0 : price.tax + (amounts === 'net_of_tax' ? 0 : price.shipping);
  if (left <= 0 || price.total <= 0) return gross.minor;
  const net = BigInt(Math.max(price.total - left, 0));
  return divideRounded(gross.minor * net, BigInt(price.total), 'half_even');
}

interface Known {
  readonly customer: string | null;
  readonly email: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly reference?: string | null;
}

function payerOf({ customer, email, metadata, reference = null }: Known, { settings }: Reading): Payer {
  const member = Object.hasOwn(metadata, settings.memberField) ? metadata[settings.memberField] : undefined;
  return {
    customer,
    member: memberId(member),
    reference: settings.matchReference ? memberId(reference) : null,
    email: settings.matchEmail ? email : null,
  };
}

/** A text that can be a member's id, or null. */
function memberId(text: string | null | undefined): string | null {
  const isOne = typeof text === 'string' && text.length > 0 && text.length <= MEMBER_ID_MAX;
  return isOne && !/[\p{Cc}\p{Cs}]/u.test(text) ? text : null;
}

function met(payer: Payer, codes: readonly string[], { settings, at_ms }: Reading): BillingFact {
  return { kind: 'met', payer, codes: settings.attributeCodes ? codes : [], occurred_at_ms: at_ms };
}

const given = (id: string | null): readonly string[] => (id === null ? [] : [id]);
