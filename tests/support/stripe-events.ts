import Stripe from 'stripe';

/** The version that the fixtures are in: its invoices do not name their payment intent. */
export const STRIPE_VERSION = '2026-10-28.endive';
export const SIGNING_SECRET = 'whsec_dGhlc2VjcmV0b2Z0aGlzZW5kcG9pbnQ';

/** Each with an id of its own, and the form in which Stripe sends it, as far as anything is made of it. */
let count = 0;

export function stripeEvent(type: string, object: object, change: object = {}) {
  count += 1;
  return {
    id: `evt_${count}`,
    object: 'event',
    api_version: STRIPE_VERSION,
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    data: { object },
    ...change,
  };
}

/** The header that Stripe sends with these bytes, made by its own library. `at_ms`: when it was signed. */
export const stripeSignature = (payload: string, secret = SIGNING_SECRET, at_ms = Date.now()): string =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(at_ms / 1_000) });

/** The objects of one payment of 119.00 EUR, 19.00 of it tax, by an invoice of a subscription. */
export function subscriptionPayment(name: string, member: string | null) {
  const [invoice, intent, charge, customer] = [`in_${name}`, `pi_${name}`, `ch_${name}`, `cus_${name}`];
  const metadata: Record<string, string> = member === null ? {} : { member_id: member };
  const refund = (id: string, amount: number, status = 'succeeded') => ({
    id: `re_${name}_${id}`,
    object: 'refund',
    amount,
    currency: 'eur',
    status,
    charge,
    payment_intent: intent,
  });
  return {
    invoice,
    intent,
    customer,
    paid: {
      id: invoice,
      object: 'invoice',
      currency: 'eur',
      amount_paid: 11_900,
      total: 11_900,
      total_taxes: [{ amount: 1_900, tax_behavior: 'exclusive' }],
      shipping_cost: null,
      customer,
      customer_email: `${name}@shop.example`,
      metadata: {},
      parent: {
        type: 'subscription_details',
        quote_details: null,
        subscription_details: { subscription: `sub_${name}`, metadata },
      },
    },
    linked: {
      id: `inpay_${name}`,
      object: 'invoice_payment',
      invoice,
      payment: { type: 'payment_intent', payment_intent: intent },
      status: 'paid',
    },
    succeeded: {
      id: intent,
      object: 'payment_intent',
      currency: 'eur',
      amount_received: 11_900,
      latest_charge: charge,
      customer,
      receipt_email: null,
      metadata: {},
    },
    refund,
    /** Cumulative, and without the refunds themselves, as in every version since 2022-11-15. */
    chargeRefunded: { id: charge, object: 'charge', payment_intent: intent, amount_refunded: 11_900 },
    dispute: (status: string, amount = 11_900) => ({
      id: `dp_${name}`,
      object: 'dispute',
      amount,
      currency: 'eur',
      status,
      charge,
      payment_intent: intent,
    }),
    creditNote: (given: { refunded: number; otherwise: number }) => ({
      id: `cn_${name}`,
      object: 'credit_note',
      invoice,
      currency: 'eur',
      amount: given.refunded + given.otherwise,
      type: 'post_payment',
      pre_payment_amount: 0,
      post_payment_amount: given.refunded + given.otherwise,
      out_of_band_amount: null,
      refunds: given.refunded === 0 ? [] : [{ amount_refunded: given.refunded, refund: `re_${name}_cn` }],
    }),
    ended: {
      id: `sub_${name}`,
      object: 'subscription',
      customer,
      metadata,
      cancellation_details: { reason: 'cancellation_requested', comment: 'too dear', feedback: null },
    },
  };
}

/** A checkout that paid 50.00 EUR at once, 5.00 of it shipping, without an invoice. */
export const checkoutSession = (name: string, change: object = {}) => ({
  id: `cs_${name}`,
  object: 'checkout.session',
  mode: 'payment',
  currency: 'eur',
  amount_total: 5_000,
  total_details: { amount_discount: 0, amount_tax: 0, amount_shipping: 500 },
  payment_status: 'paid',
  invoice: null,
  invoice_creation: { enabled: false },
  payment_intent: `pi_${name}`,
  customer: `cus_${name}`,
  customer_details: { email: `${name}@shop.example` },
  client_reference_id: null,
  metadata: {},
  discounts: [],
  ...change,
});
