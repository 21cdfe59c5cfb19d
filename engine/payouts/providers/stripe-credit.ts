import { stripeAmount } from '../../../domain/payouts/stripe-amount.ts';
import { stripeClient } from '../../../platform/stripe.ts';
import type { Database } from '../../../prisma/client.ts';
import { openSource } from '../../billing/source.ts';
import type { Payout, Provider } from './provider.ts';
import { FORGOTTEN, isForgotten, resultOfError, STRIPE_TIMEOUT_MS } from './stripe.ts';

/**
 * Credits the balance of the member's customer at Stripe, which their next invoices are paid from, with the
 * key of the program's billing source and under the redemption's id as its idempotency key. An operator pays
 * where there is no key, or no one customer.
 */
export const stripeCredit: Provider = async ({ db, payouts }, payout) => {
  const { programId, redemptionId, memberId } = payout;
  const amount = stripeAmount(payout.amount);
  if (!amount.ok) return { result: 'refused', reason: amount.code };
  if (isForgotten(payout)) return FORGOTTEN;
  const source = await openSource(db, { programId, provider: 'stripe' }, payouts.ring);
  if (source === null || source.apiKey === null) {
    return { result: 'operator', reason: 'there is no key of Stripe among the settings of billing' };
  }
  const customer = await customerOf(db, payout);
  if (customer === null) return { result: 'operator', reason: 'the member is not one customer at Stripe' };
  const api = stripeClient({ apiKey: source.apiKey, base: payouts.stripeBase }, STRIPE_TIMEOUT_MS);
  const credit = {
    // Below zero: what the customer has to their credit.
    amount: -amount.value,
    currency: payout.amount.unit.toLowerCase(),
    metadata: { program_id: programId, redemption_id: redemptionId, member_id: memberId },
  };
  try {
    const { id } = await api.customers.createBalanceTransaction(customer, credit, {
      idempotencyKey: redemptionId,
      ...(source.account === null ? {} : { stripeAccount: source.account }),
    });
    return { result: 'paid', ref: id };
  } catch (error) {
    return resultOfError(error);
  }
};

/** The one customer that billing knows the member as, or null. */
async function customerOf(db: Database, { programId, memberId }: Payout): Promise<string | null> {
  const [only, other] = await db.$queryRaw<{ id: string }[]>`
    SELECT c.customer_id AS id FROM members m
    JOIN billing_customers c ON c.program_id = m.program_id AND (c.subject = m.external_id
      OR EXISTS (SELECT FROM member_aliases a WHERE a.program_id = m.program_id AND a.member_id = m.id
                 AND a.external_id = c.subject))
    WHERE m.program_id = ${programId}::uuid AND m.id = ${memberId}::uuid AND c.provider = 'stripe'
      AND c.certain
    LIMIT 2`;
  return other === undefined ? (only?.id ?? null) : null;
}
