import type { Money } from '../money.ts';

/** What reward rules look at, gathered under the referrer's lock. */
export interface RewardFacts {
  readonly now_ms: number;
  readonly occurred_at_ms: number;
  readonly event_type: string;
  readonly event_value: Money | null;
  readonly event_properties: Readonly<Record<string, string | number | boolean>>;
  /** Which event of its type this is for the referred member, the first being 1. */
  readonly event_ordinal: number;
  /** The referrer's qualified referrals, this one included when it qualifies now. */
  readonly qualified_count: number;
  readonly referrer_id: string;
  readonly referred_id: string;
  readonly days_since_signup: number;
  readonly program_live: boolean;
  /** What recipients have had of each rule, one row for each rule, recipient and period that a cap asks about. */
  readonly granted: readonly {
    readonly rule_id: string;
    readonly recipient_id: string;
    readonly amount_minor: bigint;
    readonly count: number;
  }[];
}
