import type { RuleFacts } from '../rules/facts.ts';

/** What reward rules look at, gathered under the referrer's lock. */
export interface RewardFacts extends RuleFacts {
  readonly now_ms: number;
  /** The referrer's qualified referrals, this one included when it qualifies now. */
  readonly qualifiedCount: number;
  /**
   * Those of them that had qualified by the event's own time, this one included where it had: what conditions
   * see, and rules on a milestone that look at its action. Left out: the same, since no rule looks at it.
   */
  readonly countThen?: number | undefined;
  /**
   * When the last of the referrer's other qualified referrals qualified: the nth by own times is that one or
   * this. Left out or null: none did, or nobody asks.
   */
  readonly lastQualified_at_ms?: number | null | undefined;
  readonly referrerId: string;
  readonly referredId: string;
}
