import type { Money } from './money.ts';

/** One recorded click by the visitor who signs up. */
export interface TouchFact {
  readonly touch_id: string;
  readonly link_id: string;
  readonly referrer_id: string;
  readonly at_ms: number;
  readonly link_active: boolean;
  readonly link_expires_at_ms: number | null;
}

/** A link that the signup names by its code. */
export interface CodeFact {
  readonly link_id: string;
  readonly referrer_id: string;
  readonly link_active: boolean;
  readonly link_expires_at_ms: number | null;
  /** Belongs to another program. */
  readonly foreign: boolean;
  /** A personal invitation that another member has used. */
  readonly used: boolean;
}

/** All that attribution may look at. `null` means looked for and not found; `undefined` means not given. */
export interface SignupFacts {
  readonly at_ms: number;
  /** The code that the signup names: its link, or null when no such link exists; undefined when none was named. */
  readonly code: CodeFact | null | undefined;
  /** The touch of the click id that the signup names. */
  readonly click: TouchFact | null | undefined;
  readonly visitor_touches: readonly TouchFact[];
  readonly referred_id: string;
  readonly referred_already_attributed: boolean;
  readonly referred_is_existing_customer: boolean;
}

/** What fraud rules look at. A fact that could not be gathered is null, and never reads as clean. */
export interface FraudFacts {
  readonly referred_email_key: string | null;
  readonly referrer_email_key: string | null;
  /** E-mail domains of the referrer's earlier referred members, free providers left out; the new member's own is the one that matters. */
  readonly earlier_referred_domains: readonly string[] | null;
  readonly email_disposable: boolean | null;
  readonly domain_is_free_provider: boolean | null;
  readonly signups_last_hour: number | null;
  readonly signups_last_day: number | null;
  readonly signups_last_week: number | null;
  /** Earlier referrals of this referrer that came from the same visitor, or the same address. */
  readonly same_visitor_referrals: number | null;
  readonly same_ip_referrals: number | null;
}

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
