import type { RuleFacts } from '../rules/facts.ts';

/** What reward rules look at, gathered under the referrer's lock. */
export interface RewardFacts extends RuleFacts {
  readonly now_ms: number;
  /** The referrer's qualified referrals, this one included when it qualifies now. */
  readonly qualifiedCount: number;
  readonly referrerId: string;
  readonly referredId: string;
}
