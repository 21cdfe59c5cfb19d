import type { Money } from '../../domain/money.ts';
import type { RedemptionMethod } from '../../domain/redemption.ts';

export interface Payout {
  /** The provider's idempotency key: however often it is asked, it pays once. */
  readonly redemptionId: string;
  readonly amount: Money;
  readonly destination: unknown;
}

/** paid and refused are final. operator: a person must pay, or find out whether it was paid. Throwing: ask again. */
export type PayoutResult =
  | { readonly result: 'paid'; readonly ref: string }
  | { readonly result: 'refused'; readonly reason: string }
  | { readonly result: 'operator'; readonly reason: string };

export type Provider = (payout: Payout) => Promise<PayoutResult>;

/** A person pays outside of this engine and reports how it went. */
const manual: Provider = async () => ({ result: 'operator', reason: 'to be paid by hand' });

/** The host credits its own account books when it is told that the redemption has settled. */
const accountCredit: Provider = async ({ redemptionId }) => ({
  result: 'paid',
  ref: `account_credit:${redemptionId}`,
});

/** One for every method that a policy may allow. */
export const PROVIDERS: Readonly<Record<RedemptionMethod, Provider>> = {
  manual,
  account_credit: accountCredit,
};
