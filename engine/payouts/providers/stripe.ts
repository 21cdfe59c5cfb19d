import Stripe from 'stripe';
import { stripeAmount } from '../../../domain/payouts/stripe-amount.ts';
import { stripeClient } from '../../../platform/stripe.ts';
import type { Database } from '../../../prisma/client.ts';
import { codeOr, NoAnswer, type Payout, type PayoutResult, type Provider } from './provider.ts';
import { accountOf } from './stripe-account.ts';

export const STRIPE_TIMEOUT_MS = 20_000;
/** Stripe forgets idempotency keys after at least 24 hours; past this a repeat might pay again. */
const KEY_LIFE_MS = 23 * 3_600_000;

/** What a payment comes to that Stripe may have made under a key that it knows no more. */
export const FORGOTTEN: PayoutResult = {
  result: 'operator',
  reason: 'asked a day ago, and Stripe may have forgotten it',
};

/** Whether Stripe may have forgotten that it was asked for this payment. */
export const isForgotten = ({ first_asked_at_ms }: Payout): boolean =>
  first_asked_at_ms !== null && Date.now() - first_asked_at_ms > KEY_LIFE_MS;

/**
 * Transfers to a connected account, under the redemption's id as its idempotency key. What Stripe refuses is
 * refused for good; what it may have done and did not say is asked again; that the platform's own balance is
 * short is for an operator.
 */
export const stripe: Provider = async ({ db, payouts }, payout) => {
  if (payouts.stripe === null) return { result: 'operator', reason: 'Stripe is not set up' };
  if (payouts.stripe.apiKey.includes('_live_') && (await isTest(db, payout.programId))) {
    return { result: 'operator', reason: 'a test program moves no money by a live key of Stripe' };
  }
  const destination = accountOf(payout.destination);
  if (destination === null) return { result: 'refused', reason: 'destination_invalid' };
  const amount = stripeAmount(payout.amount);
  if (!amount.ok) return { result: 'refused', reason: amount.code };
  if (isForgotten(payout)) return FORGOTTEN;
  const { programId, redemptionId } = payout;
  const transfer = {
    amount: amount.value,
    currency: payout.amount.unit.toLowerCase(),
    destination,
    transfer_group: redemptionId,
    metadata: { program_id: programId, redemption_id: redemptionId },
  };
  try {
    const { id } = await stripeClient(payouts.stripe, STRIPE_TIMEOUT_MS).transfers.create(transfer, {
      idempotencyKey: redemptionId,
    });
    return { result: 'paid', ref: id };
  } catch (error) {
    return resultOfError(error);
  }
};

/** The key is the installation's, so that nothing else keeps a test program from paying with it. */
const isTest = async (db: Database, id: string): Promise<boolean> =>
  (await db.program.findUniqueOrThrow({ where: { id }, select: { mode: true } })).mode === 'test';

/**
 * Statuses after which nothing is decided: a timeout, another request under way, a limit, a key of ours that
 * is wrong.
 */
const UNDECIDED: ReadonlySet<number> = new Set([401, 403, 408, 409, 424, 429]);

/**
 * What an error of Stripe's says about a payment: refused, or for an operator. Throws `NoAnswer` after what
 * decides nothing, and what is no error of Stripe's.
 */
export function resultOfError(error: unknown): PayoutResult {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode, code, type } = error;
  const reason = `stripe_${codeOr(code, statusCode === undefined ? 'unreachable' : String(statusCode))}`;
  if (statusCode === undefined || statusCode >= 500 || UNDECIDED.has(statusCode)) throw new NoAnswer(reason);
  const isOurs = type === 'StripeIdempotencyError' || code === 'balance_insufficient';
  return { result: isOurs ? 'operator' : 'refused', reason };
}
