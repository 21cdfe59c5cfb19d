import type { Money } from '../../../domain/money.ts';
import type { SealRing } from '../../../platform/seal.ts';
import type { StripeAccess } from '../../../platform/stripe.ts';
import type { Database } from '../../../prisma/client.ts';

/** What providers work with, from the configuration. */
export interface PayoutSettings {
  /** Encrypts coupon codes and the keys of endpoints' signatures. */
  readonly ring: SealRing;
  /** Whether endpoints may be http and lie on internal addresses: for development. */
  readonly allowInternal: boolean;
  /** How long an endpoint may take to answer, in milliseconds. */
  readonly timeout_ms: number;
  /** Null: the method `stripe` is not set up. */
  readonly stripe: StripeAccess | null;
  /** Another address than Stripe's own for keys of programs, for tests; null: Stripe's. */
  readonly stripeBase: string | null;
}

export interface ProviderDeps {
  readonly db: Database;
  readonly payouts: PayoutSettings;
}

export interface Payout {
  readonly programId: string;
  /** The provider's idempotency key: however often it is asked, it pays once. */
  readonly redemptionId: string;
  readonly memberId: string;
  readonly itemId: string | null;
  /** What is to be paid: the fee is taken off. */
  readonly amount: Money;
  readonly destination: unknown;
  /** When it was first asked, in milliseconds since 1970; null: this is the first time. */
  readonly first_asked_at_ms: number | null;
}

/**
 * paid and refused are final. pending: it will know later, under the same key. operator: a person must pay,
 * or find out whether it was paid. `reason` is a code or words of ours, never the provider's own.
 */
export type PayoutResult =
  | { readonly result: 'paid'; readonly ref: string }
  | { readonly result: 'refused'; readonly reason: string }
  | { readonly result: 'pending'; readonly reason: string }
  | { readonly result: 'operator'; readonly reason: string };

/** Throws `NoAnswer` when it is not known whether it was paid: it is asked again, under the same key. */
export type Provider = (deps: ProviderDeps, payout: Payout) => Promise<PayoutResult>;

/** Nobody knows whether the provider paid; asking again will tell. The message is a code. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** A provider's code, when it is one that may be kept: short, of letters, digits and `_`, `.`, `-`. */
export function codeOr(text: unknown, fallback: string): string {
  return typeof text === 'string' && /^[a-z0-9_.-]{1,64}$/i.test(text) ? text : fallback;
}
