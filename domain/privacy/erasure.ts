import type { MoneyJson } from '../money.ts';
import { refuse } from '../refusal.ts';

/** Why a member is erased. It is one of these, since nobody's own words may stay of an erasure. */
export const ERASURE_REASONS = ['request', 'consent_withdrawn', 'not_needed', 'law'] as const;

/** What becomes of a member's badges: kept as they were signed, or revoked and emptied. */
export const BADGE_CHOICES = ['revoke', 'keep'] as const;
export type BadgeChoice = (typeof BADGE_CHOICES)[number];

export const isBadgeChoice = (text: unknown): text is BadgeChoice =>
  BADGE_CHOICES.some((choice) => choice === text);

/** What an erasure did, and what is left of the member. Nothing in it is personal. */
export interface ErasureReport {
  /** Rows that were changed or deleted, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Records of payouts that the law wants kept, sealed, and until when. */
  readonly held: readonly { readonly redemptionId: string; readonly until: string }[];
  /** What stays on the books under the member's pseudonym, and is redeemed no more. */
  readonly balances: readonly { readonly available: MoneyJson; readonly owed: MoneyJson }[];
  /** Badges that were kept as they were signed, by the operator's choice. */
  readonly badgesKept: number;
  /** What lies with others, and is to be removed there by hand. */
  readonly elsewhere: readonly string[];
}

export const erasedRefusal = refuse('member_erased', 'The member is erased, and is not made anew.');
