/** A promotion code at Stripe, in one form for all versions of Stripe's API. */
export interface StripePromotion {
  readonly id: string;
  readonly isActive: boolean;
  readonly coupon: string | null;
  /** Whether it is good for a customer's first order alone. */
  readonly firstOrder: boolean;
  readonly created_at_ms: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a member's referral code is to be at Stripe. */
export interface WantedPromotion {
  readonly programId: string;
  readonly memberId: string;
  readonly coupon: string;
  readonly firstOrder: boolean;
}

/** What makes a member's referral code the promotion code that is wanted. */
export type PromotionStep =
  /** It is already. */
  | { readonly step: 'keep'; readonly id: string }
  /** An active promotion code that is not ours has the text. */
  | { readonly step: 'taken' }
  | {
      readonly step: 'make';
      /** Of ours, active, and no longer wanted: they end first, as a text has one active code. */
      readonly replaced: readonly string[];
      /** The newest with this text, which tells this making from each before it; null: the first. */
      readonly after: string | null;
      /** When the one was made that is wanted and that somebody switched off; null: there is none. */
      readonly offSince_ms: number | null;
    };

/** What we write on a promotion code when we end it, so that it does not pass for switched off by hand. */
export const REPLACED = { replaced: 'true' } as const;

/** By which we know a promotion code as ours. */
export const ownMetadata = ({ programId, memberId }: WantedPromotion) => ({
  program_id: programId,
  member_id: memberId,
});

/**
 * Decides what to do, by all promotion codes that have the text of the member's referral code, the newest
 * first. What Stripe has is all that counts, so a step that was cut short is taken up where it stopped.
 */
export function decidePromotion(there: readonly StripePromotion[], wanted: WantedPromotion): PromotionStep {
  const { program_id, member_id } = ownMetadata(wanted);
  const isOurs = ({ metadata }: StripePromotion) =>
    metadata['program_id'] === program_id && metadata['member_id'] === member_id;
  const isWanted = ({ coupon, firstOrder }: StripePromotion) =>
    coupon === wanted.coupon && firstOrder === wanted.firstOrder;
  const active = there.filter(({ isActive }) => isActive);
  const kept = active.find((promotion) => isOurs(promotion) && isWanted(promotion));
  if (kept !== undefined) return { step: 'keep', id: kept.id };
  if (!active.every(isOurs)) return { step: 'taken' };
  const newest = there.find(isOurs);
  const isOff = newest !== undefined && !newest.isActive && isWanted(newest);
  return {
    step: 'make',
    replaced: active.map(({ id }) => id),
    after: there[0]?.id ?? null,
    offSince_ms: isOff && newest.metadata['replaced'] !== REPLACED.replaced ? newest.created_at_ms : null,
  };
}

/**
 * Whether somebody switched the promotion code off in Stripe, which a call does not undo. One that is older
 * than its coupon went with an earlier coupon of the same id.
 */
export const isSwitchedOff = (offSince_ms: number | null, couponCreated_at_ms: number): boolean =>
  offSince_ms !== null && offSince_ms >= couponCreated_at_ms;
