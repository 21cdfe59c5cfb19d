import type { Money } from '../money.ts';
import type { CapLimits } from '../rules/caps.ts';

/** Basis points: 10,000 = 100 %. */
export type BasisPoints = number;

export type Recipient = 'referrer' | 'referred';

/**
 * When a rule is asked. `nth_event` counts the referred member's events of that type, the first being 1, `to`
 * included.
 */
export type Trigger =
  | { readonly on: 'signed_up' }
  | { readonly on: 'qualified' }
  | { readonly on: 'nth_event'; readonly event: string; readonly from: number; readonly to: number | null }
  /** The referrer's count of qualified referrals reaches `count`. */
  | { readonly on: 'milestone'; readonly count: number };

export interface RateStep {
  readonly count: number;
  readonly rate_bp: BasisPoints;
}

export type Benefit =
  | { readonly kind: 'fixed'; readonly amount: Money }
  /**
   * A share of the event's value, rounded half to even, at most `cap`. The event's unit must be the policy's.
   */
  | { readonly kind: 'percentage'; readonly rate_bp: BasisPoints; readonly cap: Money | null }
  /** entitlement(n) = n × base × rate of the highest step reached; pays entitlement(n) − entitlement(n−1). */
  | { readonly kind: 'milestone_rate'; readonly base: Money; readonly steps: readonly RateStep[] }
  | { readonly kind: 'badge'; readonly label: string }
  | { readonly kind: 'perk'; readonly label: string };

export interface Rule {
  readonly id: string;
  readonly recipient: Recipient;
  readonly trigger: Trigger;
  readonly benefit: Benefit;
  /** How long a credit stays pending before it can be spent; 0: at once. */
  readonly hold_days: number;
  /** Days from maturity to expiry; null: never. */
  readonly expires_days: number | null;
  readonly cap: CapLimits | null;
  /** CEL over `event`, `referral`, `referrer`; null: always. */
  readonly condition: string | null;
}

/**
 * Whether a rule on a milestone looks at the action of the referral that is the nth, so that it matters which
 * one that is. It pays for the one that is so by the times of what qualified them.
 */
export const isOfNth = ({ trigger, benefit, condition }: Rule): boolean =>
  trigger.on === 'milestone' && (condition !== null || benefit.kind === 'percentage');

/** Whether a rule pays for the referrer's count alone, whatever brought it there. */
export const hangsOnCount = (rule: Rule): boolean =>
  (rule.trigger.on === 'milestone' && !isOfNth(rule)) || rule.benefit.kind === 'milestone_rate';

/**
 * Whether such a rule's rewards have times of their own: they go by the time of the referral that is the nth
 * by the times of what qualified them all, whichever came as the nth.
 */
export const isTimedByNth = (rule: Rule): boolean =>
  hangsOnCount(rule) && (rule.hold_days > 0 || rule.expires_days !== null);

/** The part of a policy that decides rewards. */
export interface RewardPolicy {
  /** Unit of every credit. */
  readonly unit: string;
  readonly rules: readonly Rule[];
}
