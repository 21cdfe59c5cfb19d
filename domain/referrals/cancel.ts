import type { Rule } from '../rewards/rule.ts';
import { hangsOnCount, type RefundFacts, type Reversal, reverseCounted, reverseWhole } from './refund.ts';

/** What the cancellation of a referral needs to know. */
export interface CancelFacts
  extends Pick<
    RefundFacts,
    'referrerId' | 'qualifiedCount' | 'milestoneRewards' | 'entitled_minor' | 'mixedRules'
  > {
  /** It counts among its referrer's qualified referrals. */
  readonly isCounted: boolean;
  /** All that the referral brought, of whatever event. */
  readonly rewards: RefundFacts['rewards'];
}

/**
 * Returns what goes back when an operator cancels a referral: all that it brought, of the signup too. What
 * hangs on the referrer's count goes by the count, as when a refund unqualifies the referral: a milestone's
 * reward when the count falls below it, and of a milestone rate the last step. A referral that does not count
 * has given these back already.
 */
export function decideCancel(rules: readonly Rule[], facts: CancelFacts): readonly Reversal[] {
  const { isCounted } = facts;
  const own = facts.rewards.filter(({ rule }) => !hangsOnCount(rule));
  if (!isCounted) return reverseWhole(own);
  return [...reverseWhole(own), ...reverseCounted(rules, facts)];
}
