/*
 * The parts of Stripe's objects that are looked at, in one form for all versions of Stripe's API. Amounts are
 * as Stripe counts them; ids of other objects are null where an event does not say them.
 */

type Metadata = Readonly<Record<string, string>>;

export interface StripeInvoice {
  readonly id: string;
  readonly currency: string;
  readonly paid: number;
  readonly total: number;
  readonly tax: number;
  readonly shipping: number;
  /** Its payment intents and charges, as far as it names them. */
  readonly payments: readonly string[];
  readonly customer: string | null;
  readonly email: string | null;
  /** Its own and its subscription's. */
  readonly metadata: Metadata;
}

export interface StripeCheckout {
  readonly currency: string | null;
  readonly total: number;
  readonly tax: number;
  readonly shipping: number;
  readonly isPaid: boolean;
  readonly invoice: string | null;
  /** Whether an invoice follows that it does not name yet. */
  readonly invoiceFollows: boolean;
  readonly paymentIntent: string | null;
  readonly customer: string | null;
  readonly email: string | null;
  readonly reference: string | null;
  readonly metadata: Metadata;
  /** Coupons, whose ids people may choose, and the ids of promotion codes. */
  readonly coupons: readonly string[];
  readonly promotionCodes: readonly string[];
}

export interface StripePaymentIntent {
  readonly id: string;
  readonly currency: string;
  readonly received: number;
  /** Undefined: this version of the API does not say whether there is one. */
  readonly invoice: string | null | undefined;
  readonly charge: string | null;
  readonly customer: string | null;
  readonly email: string | null;
  readonly metadata: Metadata;
}

export interface StripeRefund {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: string | null;
  readonly charge: string | null;
  readonly paymentIntent: string | null;
}

export interface StripeCharge {
  readonly id: string;
  readonly paymentIntent: string | null;
  readonly invoice: string | null;
  /** Empty where this version of the API leaves them out. */
  readonly refunds: readonly StripeRefund[];
}

export interface StripeDispute {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: string;
  readonly charge: string;
  readonly paymentIntent: string | null;
}

export interface StripeCreditNote {
  readonly id: string;
  readonly invoice: string;
  readonly currency: string;
  /** What it gives back of what was paid, by a refund or otherwise. */
  readonly afterPayment: number;
  /** What of that its refunds give back. */
  readonly refunded: number;
}

export interface StripeInvoicePayment {
  readonly invoice: string;
  readonly payments: readonly string[];
}

export interface StripeSubscription {
  readonly id: string;
  readonly customer: string | null;
  readonly metadata: Metadata;
  readonly reason: string | null;
}

export interface StripeCustomer {
  readonly id: string;
  readonly email: string | null;
  readonly metadata: Metadata;
}

/** What an event of Stripe's is about, by what we make of it. */
export type StripeSubject =
  | { readonly kind: 'invoice_paid'; readonly object: StripeInvoice }
  | { readonly kind: 'checkout_completed'; readonly object: StripeCheckout }
  | { readonly kind: 'payment_succeeded'; readonly object: StripePaymentIntent }
  | { readonly kind: 'invoice_payment_paid'; readonly object: StripeInvoicePayment }
  | { readonly kind: 'refund_changed'; readonly object: StripeRefund }
  | { readonly kind: 'charge_refunded'; readonly object: StripeCharge }
  | { readonly kind: 'dispute_closed'; readonly object: StripeDispute }
  | { readonly kind: 'credit_note_created'; readonly object: StripeCreditNote }
  | { readonly kind: 'credit_note_voided'; readonly object: StripeCreditNote }
  | { readonly kind: 'subscription_ended'; readonly object: StripeSubscription }
  | { readonly kind: 'customer_changed'; readonly object: StripeCustomer };

/** An event of Stripe's that was verified and read. */
export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly livemode: boolean;
  readonly account: string | null;
  readonly apiVersion: string | null;
  readonly created_at_ms: number;
  /** Null: nothing is made of events of this type. */
  readonly subject: StripeSubject | null;
}

/** How a program reads Stripe's events. */
export interface StripeSettings {
  readonly livemode: boolean;
  /** The connected account whose events are taken; null: the account's own. */
  readonly account: string | null;
  /** The versions of Stripe's API that events may have. */
  readonly apiVersions: readonly string[];
  /** The name in the metadata that holds the member's id. */
  readonly memberField: string;
  readonly matchEmail: boolean;
  /** Whether `client_reference_id` is taken for the member's id; a visitor can set it. */
  readonly matchReference: boolean;
  /** Whether a coupon or a promotion code that is a referral code makes a signup. */
  readonly attributeCodes: boolean;
  /** Whether payments count that neither an invoice nor a checkout tells of. */
  readonly paymentIntents: boolean;
  /** What of an amount counts. */
  readonly amounts: 'gross' | 'net_of_tax' | 'net_of_tax_and_shipping';
  /** The coupon that members' referral codes are promotion codes of; null: they are none. */
  readonly friendCoupon: string | null;
  /** Whether these are good for a customer's first order alone. */
  readonly friendFirstOrder: boolean;
}

/** What only Stripe's API can say about an event. */
export interface StripeAnswers {
  /** The invoice behind the event's payment intent. */
  readonly invoice: string | null;
  /** The texts of its promotion codes. */
  readonly codes: readonly string[];
}
