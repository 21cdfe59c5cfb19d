import { hangsOnCount, type Rule } from '../rewards/rule.ts';
import { type RefundFacts, type Reversal, reverseCounted, reverseWhole } from './refund.ts';

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
 * The most rewards that one transaction of a cancellation takes back: each is a posting, and thousands would
 * not be done within its 15 seconds.
 */
export const CANCELLED_AT_ONCE_MAX = 200;

/**
 * What a cancellation takes back before the rest, in a transaction of its own; empty: the rest is little
 * enough. What hangs on the referrer's count is never in it, since that goes with the count.
 */
export function firstOfCancel(rewards: CancelFacts['rewards']): readonly Reversal[] {
  const own = reverseWhole(rewards.filter(({ rule }) => !hangsOnCount(rule)));
  return own.length > CANCELLED_AT_ONCE_MAX ? own.slice(0, CANCELLED_AT_ONCE_MAX) : [];
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
