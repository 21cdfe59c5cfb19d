import { z } from 'zod';
import type {
  StripeCharge,
  StripeCheckout,
  StripeCreditNote,
  StripeCustomer,
  StripeDispute,
  StripeEvent,
  StripeInvoice,
  StripeInvoicePayment,
  StripePaymentIntent,
  StripeRefund,
  StripeSubject,
  StripeSubscription,
} from '../../domain/billing/stripe-objects.ts';
import { OCCURRED_AT_MIN_MS } from '../../domain/time.ts';
import {
  amount,
  currency,
  metadata,
  needed,
  optionalAmount,
  paymentOf,
  ref,
  stripeId,
  sumOf,
  sums,
  text,
} from './stripe-fields.ts';

/*
 * Stripe's objects as its events hold them, in the versions of its API before and after `2025-03-31.basil`,
 * which moved an invoice's payments, taxes and subscription. Fields that nothing is made of pass unread.
 */

const invoice = z
  .object({
    id: stripeId,
    currency,
    amount_paid: amount,
    total: amount,
    total_taxes: sums,
    total_tax_amounts: sums,
    shipping_cost: z.object({ amount_subtotal: amount }).nullish(),
    payment_intent: ref,
    charge: ref,
    payments: z.object({ data: z.array(z.object({ payment: paymentOf })) }).nullish(),
    customer: ref,
    customer_email: text,
    metadata,
    subscription_details: z.object({ metadata }).nullish(),
    parent: z.object({ subscription_details: z.object({ metadata }).nullish() }).nullish(),
  })
  .transform((it): StripeInvoice => {
    const subscription = it.parent?.subscription_details ?? it.subscription_details;
    const payments = [it.payment_intent, it.charge, ...(it.payments?.data ?? []).flatMap((p) => p.payment)];
    return {
      id: it.id,
      currency: it.currency,
      paid: it.amount_paid,
      total: it.total,
      tax: sumOf(it.total_taxes ?? it.total_tax_amounts),
      shipping: it.shipping_cost?.amount_subtotal ?? 0,
      payments: payments.filter((id) => id !== null),
      customer: it.customer,
      email: it.customer_email,
      metadata: { ...subscription?.metadata, ...it.metadata },
    };
  });

const discount = z.object({ coupon: ref, promotion_code: ref });

const checkout = z
  .object({
    currency: currency.nullish(),
    amount_total: optionalAmount,
    total_details: z.object({ amount_tax: optionalAmount, amount_shipping: optionalAmount }).nullish(),
    payment_status: z.string(),
    invoice: ref,
    invoice_creation: z.object({ enabled: z.boolean() }).nullish(),
    payment_intent: ref,
    customer: ref,
    customer_details: z.object({ email: text }).nullish(),
    customer_email: text,
    client_reference_id: text,
    metadata,
    discounts: z.array(discount).nullish(),
  })
  .transform(
    (it): StripeCheckout => ({
      currency: it.currency ?? null,
      total: it.amount_total,
      tax: it.total_details?.amount_tax ?? 0,
      shipping: it.total_details?.amount_shipping ?? 0,
      isPaid: it.payment_status === 'paid',
      invoice: it.invoice,
      invoiceFollows: it.invoice_creation?.enabled === true,
      paymentIntent: it.payment_intent,
      customer: it.customer,
      email: it.customer_details?.email ?? it.customer_email,
      reference: it.client_reference_id,
      metadata: it.metadata,
      coupons: (it.discounts ?? []).flatMap(({ coupon }) => coupon ?? []),
      promotionCodes: (it.discounts ?? []).flatMap(({ promotion_code }) => promotion_code ?? []),
    }),
  );

const paymentIntent = z
  .object({
    id: stripeId,
    currency,
    amount_received: amount,
    // Left out is something else than null: this version of the API does not say.
    invoice: needed.nullable().optional(),
    latest_charge: ref,
    customer: ref,
    receipt_email: text,
    metadata,
  })
  .transform(
    (it): StripePaymentIntent => ({
      id: it.id,
      currency: it.currency,
      received: it.amount_received,
      invoice: it.invoice,
      charge: it.latest_charge,
      customer: it.customer,
      email: it.receipt_email,
      metadata: it.metadata,
    }),
  );

const refund = z
  .object({ id: stripeId, amount, currency, status: text, charge: ref, payment_intent: ref })
  .transform(({ payment_intent, ...it }): StripeRefund => ({ ...it, paymentIntent: payment_intent }));

const charge = z
  .object({
    id: stripeId,
    payment_intent: ref,
    invoice: ref,
    refunds: z.object({ data: z.array(refund) }).nullish(),
  })
  .transform(
    ({ id, payment_intent, invoice: of, refunds }): StripeCharge => ({
      id,
      paymentIntent: payment_intent,
      invoice: of,
      refunds: refunds?.data ?? [],
    }),
  );

const dispute = z
  .object({ id: stripeId, amount, currency, status: z.string(), charge: needed, payment_intent: ref })
  .transform(({ payment_intent, ...it }): StripeDispute => ({ ...it, paymentIntent: payment_intent }));

const creditNote = z
  .object({
    id: stripeId,
    invoice: needed,
    currency,
    amount,
    type: z.string(),
    post_payment_amount: amount.nullish(),
    out_of_band_amount: amount.nullish(),
    refund: ref,
    refunds: z.array(z.object({ amount_refunded: amount })).nullish(),
  })
  .transform((it): StripeCreditNote => {
    const afterPayment = it.post_payment_amount ?? (it.type === 'pre_payment' ? 0 : it.amount);
    // The form of old: one refund without its amount, which is all that was not paid out of band.
    const single = it.refund === null ? 0 : afterPayment - (it.out_of_band_amount ?? 0);
    const refunded = it.refunds?.reduce((sum, { amount_refunded }) => sum + amount_refunded, 0) ?? single;
    return { id: it.id, invoice: it.invoice, currency: it.currency, afterPayment, refunded };
  });

const invoicePayment = z
  .object({ invoice: needed, payment: paymentOf })
  .transform((it): StripeInvoicePayment => ({ invoice: it.invoice, payments: it.payment }));

const subscription = z
  .object({
    id: stripeId,
    customer: ref,
    metadata,
    cancellation_details: z.object({ reason: z.string().max(100).nullish() }).nullish(),
  })
  .transform(
    (it): StripeSubscription => ({
      id: it.id,
      customer: it.customer,
      metadata: it.metadata,
      reason: it.cancellation_details?.reason ?? null,
    }),
  );

const customer = z.object({ id: stripeId, email: text, metadata }).transform((it): StripeCustomer => it);

/** Of each type of event that something is made of: what it becomes, and the form of its object. */
const SUBJECTS = {
  'invoice.paid': ['invoice_paid', invoice],
  'invoice.payment_succeeded': ['invoice_paid', invoice],
  'invoice_payment.paid': ['invoice_payment_paid', invoicePayment],
  'checkout.session.completed': ['checkout_completed', checkout],
  'checkout.session.async_payment_succeeded': ['checkout_completed', checkout],
  'payment_intent.succeeded': ['payment_succeeded', paymentIntent],
  'refund.created': ['refund_changed', refund],
  'refund.updated': ['refund_changed', refund],
  'refund.failed': ['refund_changed', refund],
  'charge.refund.updated': ['refund_changed', refund],
  'charge.refunded': ['charge_refunded', charge],
  'charge.dispute.closed': ['dispute_closed', dispute],
  'charge.dispute.funds_reinstated': ['dispute_closed', dispute],
  'credit_note.created': ['credit_note_created', creditNote],
  'credit_note.voided': ['credit_note_voided', creditNote],
  'customer.subscription.deleted': ['subscription_ended', subscription],
  'customer.created': ['customer_changed', customer],
  'customer.updated': ['customer_changed', customer],
} as const satisfies Readonly<Record<string, readonly [StripeSubject['kind'], z.ZodType]>>;

/** The types of events that something is made of. */
export const STRIPE_TYPES: readonly string[] = Object.keys(SUBJECTS);

const event = z.object({
  id: z.string().regex(/^evt_[A-Za-z0-9_]{1,200}$/, 'must be the id of an event'),
  type: z.string().min(1).max(100),
  livemode: z.boolean(),
  account: text,
  api_version: text,
  created: z
    .number()
    .int()
    .min(OCCURRED_AT_MIN_MS / 1_000)
    .max(100_000_000_000),
  data: z.object({ object: z.unknown() }),
});

/** Reads an event of Stripe's; throws a `ZodError` that names what is wrong. */
export function readStripeEvent(body: unknown): StripeEvent {
  const { id, type, livemode, account, api_version, created, data } = event.parse(body);
  const head = { id, type, livemode, account, apiVersion: api_version, created_at_ms: created * 1_000 };
  if (!Object.hasOwn(SUBJECTS, type)) return { ...head, subject: null };
  const [kind, form] = SUBJECTS[type as keyof typeof SUBJECTS];
  const object = z.object({ data: z.object({ object: form }) }).parse({ data }).data.object;
  return { ...head, subject: { kind, object } as StripeSubject };
}
