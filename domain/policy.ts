import type { Milestone } from './milestones-policy.ts';
import type { Money } from './money.ts';
import type { SurveyRule } from './survey-policy.ts';

/** Basis points: 10,000 = 100 %. */
export type BasisPoints = number;

export type Recipient = 'referrer' | 'referred';

/** When a rule is asked. `nth_event` counts the referred member's events of that type, the first being 1, `to` included. */
export type Trigger =
  | { readonly on: 'signed_up' }
  | { readonly on: 'qualified' }
  | { readonly on: 'nth_event'; readonly event: string; readonly from: number; readonly to: number | null }
  /** The referrer's count of qualified referrals reaches `count`. */
  | { readonly on: 'milestone'; readonly count: number };

export interface MilestoneStep {
  readonly count: number;
  readonly rate_bp: BasisPoints;
}

export type Benefit =
  | { readonly kind: 'fixed'; readonly amount: Money }
  /** A share of the event's value, rounded half to even, at most `cap`. The event's unit must be the policy's. */
  | { readonly kind: 'percentage'; readonly rate_bp: BasisPoints; readonly cap: Money | null }
  /** entitlement(n) = n × base × rate of the highest step reached; pays entitlement(n) − entitlement(n−1). */
  | { readonly kind: 'milestone_rate'; readonly base: Money; readonly steps: readonly MilestoneStep[] }
  | { readonly kind: 'badge'; readonly label: string }
  | { readonly kind: 'perk'; readonly label: string };

/** A limit for one recipient of one rule: `amount` or `count` within `period_days` (null: for ever). */
export interface Cap {
  readonly amount: Money | null;
  readonly count: number | null;
  readonly period_days: number | null;
}

export interface Rule {
  readonly id: string;
  readonly recipient: Recipient;
  readonly trigger: Trigger;
  readonly benefit: Benefit;
  /** How long a credit stays pending before it can be spent; 0: at once. */
  readonly hold_days: number;
  /** Days from maturity to expiry; null: never. */
  readonly expires_days: number | null;
  readonly cap: Cap | null;
  /** CEL over `event`, `referral`, `referrer`; null: always. */
  readonly condition: string | null;
}

export interface FraudPolicy {
  /** A score from here on is reviewed by an operator, */
  readonly review_at: number;
  /** and from here on denied. */
  readonly deny_at: number;
  readonly weights: Readonly<Record<string, number>>;
  /** Signups a referrer may bring before velocity counts as a signal. */
  readonly signups_per_hour_max: number;
  readonly signups_per_day_max: number;
  readonly signups_per_week_max: number;
}

export interface Policy {
  /** Unit of every credit of this policy. */
  readonly unit: string;
  readonly attribution: { readonly model: 'last_touch' | 'first_touch'; readonly window_days: number };
  /** The event type that makes a referral successful. */
  readonly qualification: {
    readonly event: string;
    readonly min_value: Money | null;
    readonly within_days: number;
    readonly condition: string | null;
  };
  /** How long after qualifying a refund still reverses. */
  readonly refund_days: number;
  /** How long a personal invitation may wait for its signup. */
  readonly invitation_days: number;
  readonly rules: readonly Rule[];
  readonly fraud: FraudPolicy;
  /** The most that may ever be granted, net of what was taken back; null: no limit. */
  readonly budget: Money | null;
  readonly redemption: {
    readonly min: Money;
    /** Up to here a redemption needs no operator. */
    readonly auto_approve_max: Money;
    readonly approval_days: number;
    readonly methods: readonly string[];
  };
  /** What members are asked, and when. */
  readonly surveys?: readonly SurveyRule[];
  /** What members' counts earn, apart from single referrals; the version in force counts. */
  readonly milestones?: readonly Milestone[];
}
