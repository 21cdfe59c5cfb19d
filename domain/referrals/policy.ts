import type { Money } from '../money.ts';

/** Which touch wins among several, and how long one counts. */
export interface AttributionPolicy {
  readonly model: 'last_touch' | 'first_touch';
  readonly window_days: number;
}

/** What makes a referral successful. */
export interface QualificationPolicy {
  /** The type of the event. */
  readonly event: string;
  readonly min_value: Money | null;
  readonly within_days: number;
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
