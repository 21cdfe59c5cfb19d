import type { MailKind } from '../members/mail-kind.ts';

/** A link that may have brought the member. */
export interface LinkFact {
  readonly linkId: string;
  readonly referrerId: string;
  readonly isActive: boolean;
  readonly expires_at_ms: number | null;
  /** It is personal, and good for one signup. */
  readonly isInvitation: boolean;
  /** It is an invitation that another member has used. */
  readonly isUsed: boolean;
}

/** One recorded click by the visitor who signs up. */
export interface TouchFact extends LinkFact {
  readonly touchId: string;
  readonly at_ms: number;
}

/** A link that the signup names by its code. */
export interface CodeFact extends LinkFact {
  /** Belongs to another program. */
  readonly foreign: boolean;
}

/** All that attribution may look at. `null` means looked for and not found; `undefined` means not given. */
export interface SignupFacts {
  readonly at_ms: number;
  /**
   * The code that the signup names: its link, or null when no such link exists; undefined when none was
   * named.
   */
  readonly code: CodeFact | null | undefined;
  /** The touch of the click id that the signup names. */
  readonly click: TouchFact | null | undefined;
  readonly visitorTouches: readonly TouchFact[];
  readonly referredId: string;
  readonly isAlreadyReferred: boolean;
  readonly isExistingCustomer: boolean;
}

/** What fraud rules look at. A fact that could not be gathered is null, and never reads as clean. */
export interface FraudFacts {
  readonly referred_email_key: string | null;
  readonly referrer_email_key: string | null;
  /** Another member of the program has this mailbox, or signed up with it. */
  readonly email_known: boolean | null;
  /**
   * E-mail domains of the referrer's earlier referred members, those that strangers share left out; the new
   * member's own is the one that matters.
   */
  readonly earlier_referred_domains: readonly string[] | null;
  readonly email_disposable: boolean | null;
  /** Whom the domain of the new member's e-mail gives mailboxes to. */
  readonly email_kind: MailKind | null;
  readonly signups_last_hour: number | null;
  readonly signups_last_day: number | null;
  readonly signups_last_week: number | null;
  /** Earlier referrals of this referrer that came from the same visitor, or the same address. */
  readonly same_visitor_referrals: number | null;
  readonly same_ip_referrals: number | null;
}
