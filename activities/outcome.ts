import type { MoneyJson } from '../domain/money.ts';
import type { Recipient } from '../domain/policy.ts';
import type { RefusalCode } from '../domain/refusal.ts';

/** What came of one rule that an event triggered. */
export interface RewardOutcome {
  readonly ruleId: string;
  readonly recipient: Recipient;
  readonly granted: boolean;
  readonly rewardId?: string;
  readonly amount?: MoneyJson | null;
  readonly code?: RefusalCode;
  readonly message?: string;
  readonly trace?: unknown;
}

/** What came of an event, as it stands in `events.outcome` and as callers and `explain` receive it. */
export interface Outcome {
  readonly decision: 'accepted' | 'refused';
  readonly code?: RefusalCode;
  readonly message?: string;
  readonly referralId?: string;
  readonly stage?: string;
  readonly rewards?: readonly RewardOutcome[];
  /** Facts that led to it. */
  readonly trace?: unknown;
}
