/** How a plain amount can be paid; a policy allows some of these. */
export const FREE_METHODS = ['manual', 'account_credit', 'http', 'stripe', 'stripe_credit'] as const;
/** How anything can be delivered: items of the catalogue also by a code of a pool. */
export const REDEMPTION_METHODS = [...FREE_METHODS, 'coupon'] as const;
/** Methods by which Stripe pays: in a currency, in amounts that it counts in. */
export const STRIPE_METHODS: ReadonlySet<string> = new Set(['stripe', 'stripe_credit']);

export type RedemptionMethod = (typeof REDEMPTION_METHODS)[number];

/**
 * What a catalogue offers: a thing with stock, a code of a pool, credit in the host's own books, or money.
 */
export const CATALOGUE_KINDS = ['item', 'coupon', 'account_credit', 'cash_out'] as const;
export type CatalogueKind = (typeof CATALOGUE_KINDS)[number];

/** Who may deliver each kind. */
export const KIND_METHODS: Readonly<Record<CatalogueKind, readonly RedemptionMethod[]>> = {
  item: ['manual', 'http'],
  coupon: ['coupon'],
  account_credit: ['account_credit', 'http', 'stripe_credit'],
  cash_out: ['manual', 'http', 'stripe'],
};

/**
 * Whether what is redeemed is paid to a place that somebody has to name: money is, while credit lands in the
 * member's own account with the host, and things and codes reach the member through the host. `kind` null: a
 * plain amount.
 */
export const needsDestination = (kind: CatalogueKind | null, method: string): boolean =>
  kind === null ? method !== 'account_credit' : kind === 'cash_out';
