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
  readonly referrerId: string;
  readonly referredId: string;
}
