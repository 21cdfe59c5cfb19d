import type { Money } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { type RefundReward, refundedShare } from './refund.ts';

/** A refund that another one takes back. */
export interface TakenBack {
  /** What it took; null: all that was left. */
  readonly taken: Money | null;
  /** Whether it was taken back before. */
  readonly isGone: boolean;
  /** What the second refund names; null: all of the first. */
  readonly refundValue: Money | null;
}

/**
 * Whether a refund can be taken back: a whole one, once. A part of it cannot, since the host can take all of
 * it back and refund the purchase anew by what remains. Refuses with `already_refunded`, `unit_mismatch`,
 * `refund_too_large` or `refund_in_part`.
 */
export function checkTakenBack({ taken, isGone, refundValue }: TakenBack): Result<true> {
  if (isGone) return refuse('already_refunded', 'This refund has been taken back before.');
  if (refundValue === null || taken === null) return ok(true);
  if (refundValue.unit !== taken.unit) {
    return refuse('unit_mismatch', `The refund was in ${taken.unit}, and this is in ${refundValue.unit}.`);
  }
  if (refundValue.minor > taken.minor) {
    return refuse('refund_too_large', `The refund took only ${taken.minor} minor units.`);
  }
  return refundValue.minor === taken.minor
    ? ok(true)
    : refuse(
        'refund_in_part',
        'A refund is taken back whole. Leave the value out, then refund what remains.',
      );
}

/** What comes back to a reward of which a part had been taken. */
export interface Restored {
  readonly reward: RefundReward;
  readonly amount_minor: bigint;
}

/**
 * What comes back to the rewards that an action brought, once refunds leave `left_minor` of its value: of
 * percentages all that is taken above their share. Rewards that were taken back whole are granted anew.
 */
export function restoredParts(
  rewards: readonly RefundReward[],
  value: Money | null,
  left_minor: bigint,
): Restored[] {
  return rewards.flatMap((reward) => {
    const { rule, amount_minor: granted_minor, reversed_minor, status } = reward;
    if (status === 'reversed' || rule.benefit.kind !== 'percentage') return [];
    const amount_minor = reversed_minor - refundedShare(rule, granted_minor, value, left_minor);
    return amount_minor > 0n ? [{ reward, amount_minor }] : [];
  });
}
