import Stripe from 'stripe';
import type { StripeAnswers, StripeEvent, StripeSettings } from '../../domain/billing/stripe-objects.ts';
import { stripeClient } from '../../platform/stripe.ts';
import { ApiError } from '../http/errors.ts';
import type { Lookup } from './adapter.ts';

/** Stripe waits some ten seconds for an answer to a webhook. */
const TIMEOUT_MS = 5_000;
/** A checkout has one discount; Stripe allows 20 of a subscription. */
const CODES_MAX = 5;

/** What only Stripe's API can say about an event; nothing is asked that the settings do not need. */
export async function askAbout(
  event: StripeEvent,
  { paymentIntents, attributeCodes, account }: StripeSettings,
  lookup: Lookup,
): Promise<StripeAnswers> {
  const { subject } = event;
  const whose = actingFor(account);
  if (subject?.kind === 'payment_succeeded' && paymentIntents && subject.object.invoice === undefined) {
    return { invoice: await invoiceBehind(subject.object.id, whose, lookup), codes: [] };
  }
  if (subject?.kind === 'checkout_completed' && attributeCodes) {
    const ids = subject.object.promotionCodes.slice(0, CODES_MAX);
    return { invoice: null, codes: await Promise.all(ids.map((id) => codeOfPromotion(id, whose, lookup))) };
  }
  return { invoice: null, codes: [] };
}

/** For which account Stripe is asked: a connected one, or, null, that of the key. */
export const actingFor = (account: string | null): Stripe.RequestOptions =>
  account === null ? {} : { stripeAccount: account };

async function invoiceBehind(
  paymentIntent: string,
  whose: Stripe.RequestOptions,
  lookup: Lookup,
): Promise<string | null> {
  const payment = { type: 'payment_intent', payment_intent: paymentIntent } as const;
  const { data } = await askStripe(lookup, (api) => api.invoicePayments.list({ payment, limit: 1 }, whose));
  const invoice = data[0]?.invoice;
  return typeof invoice === 'object' ? invoice.id : (invoice ?? null);
}

async function codeOfPromotion(id: string, whose: Stripe.RequestOptions, lookup: Lookup): Promise<string> {
  const { code } = await askStripe(lookup, (api) => api.promotionCodes.retrieve(id, {}, whose));
  return code;
}

/**
 * Asks Stripe's API with the program's key. Throws `provider_refused` when Stripe takes neither key nor
 * question, and `provider_unavailable` when it does not answer.
 */
export async function askStripe<T>(
  { apiKey, base }: Lookup,
  question: (api: Stripe) => Promise<T>,
  timeout_ms = TIMEOUT_MS,
): Promise<T> {
  if (apiKey === null) {
    throw new ApiError('provider_refused', 'This needs a key of Stripe’s API: set `apiKey`.');
  }
  try {
    return await question(stripeClient({ apiKey, base }, timeout_ms));
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const { statusCode = 503 } = error;
    if (statusCode >= 500 || statusCode === 429 || statusCode === 408) {
      throw new ApiError('provider_unavailable', 'Stripe’s API does not answer; try again.');
    }
    throw new ApiError(
      'provider_refused',
      'Stripe refuses the API key, or what is asked with it: look at the key’s permissions in Stripe.',
    );
  }
}
