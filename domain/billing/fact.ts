import type { Money } from '../money.ts';

/** Who paid, as the provider knows them; null: it does not say. */
export interface Payer {
  /** The provider's id of the customer. */
  readonly customer: string | null;
  /** The member's id, as the host put it into the metadata. */
  readonly member: string | null;
  /** The reference of a checkout, which the visitor may have set. */
  readonly reference: string | null;
  readonly email: string | null;
}

/**
 * What an event of a provider says. `ids` are the provider's ids of one payment: its invoice, its payment
 * intent, its charge; whichever of them an event knows. Times are milliseconds since 1970.
 */
export type BillingFact =
  /** These ids are of one payment. */
  | { readonly kind: 'linked'; readonly ids: readonly string[] }
  | {
      readonly kind: 'purchased';
      readonly ids: readonly string[];
      /** What was paid. Refunds are counted in it. */
      readonly gross: Money;
      /** What of it counts for rewards. */
      readonly value_minor: bigint;
      readonly payer: Payer;
      readonly occurred_at_ms: number;
    }
  | {
      readonly kind: 'refunded';
      readonly ids: readonly string[];
      /** Such as `stripe:refund:re_1`: the same key, the same refund. */
      readonly key: string;
      readonly gross: Money;
      readonly occurred_at_ms: number;
    }
  /** A refund is taken back: it failed, or its dispute was won after all. */
  | {
      readonly kind: 'reinstated';
      readonly ids: readonly string[];
      /** The refund's. */
      readonly key: string;
      /** Of a refund that, whatever else comes of late, stays taken back; null: it may still be made. */
      readonly gross: Money | null;
      /** What it means where nothing was taken yet. */
      readonly otherwise: IgnoredReason;
      readonly occurred_at_ms: number;
    }
  /** A member is known to the provider, and came by one of these codes. */
  | {
      readonly kind: 'met';
      readonly payer: Payer;
      readonly codes: readonly string[];
      readonly occurred_at_ms: number;
    }
  /** Something that is no payment, as an action of its own. */
  | {
      readonly kind: 'acted';
      readonly key: string;
      readonly type: string;
      readonly payer: Payer;
      readonly properties: Readonly<Record<string, string>>;
      readonly occurred_at_ms: number;
    }
  /** An event as `events.record` takes it; its form is not checked yet. */
  | { readonly kind: 'told'; readonly event: Readonly<Record<string, unknown>> };

/** Why an event changed nothing. A closed set: people read it in the list of what came in. */
export const IGNORED_REASONS = [
  /** Nothing is made of events of this type. */
  'type_unused',
  /** Nothing was paid, as with a trial. */
  'amount_zero',
  /** A currency that ISO 4217 does not know, or a fraction of its minor unit. */
  'amount_unknown',
  /** The program counts no payments that only a payment intent tells of. */
  'intents_off',
  /** A refund that has not succeeded. */
  'refund_open',
  /** The refunds of the credit note tell of it, or it was issued before the payment. */
  'refund_tells',
  /** Nothing is taken back before a dispute is lost. */
  'dispute_not_lost',
  /** Nobody was found whom it is about. */
  'no_member',
  /** A customer without the metadata that says which member it is. */
  'names_nobody',
  /** It is on record already. */
  'already_recorded',
  'member_erased',
  /** Two payments that are on record turn out to be one. */
  'recorded_apart',
  /** The refund is in another currency than the purchase. */
  'currency_differs',
  /** All of the purchase was taken back before. */
  'nothing_left',
  /** The mapping of the program's own intake leaves it out. */
  'left_out',
] as const;

export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** What a provider's event means: facts, or nothing, because of a reason. */
export type Meaning = { readonly facts: readonly BillingFact[] } | { readonly ignored: IgnoredReason };
