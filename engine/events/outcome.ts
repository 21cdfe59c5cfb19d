import type { MoneyJson } from '../../domain/money.ts';
import type { PointRecipient } from '../../domain/points/policy.ts';
import type { ErasureReport } from '../../domain/privacy/erasure.ts';
import type { Refusal, RefusalCode } from '../../domain/refusal.ts';
import type { Recipient } from '../../domain/rewards/rule.ts';

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

/** What came of one point rule on an event's type. */
export interface PointOutcome {
  readonly ruleId: string;
  readonly recipient: PointRecipient;
  readonly granted: boolean;
  readonly postingId?: string;
  readonly amount?: MoneyJson;
  readonly code?: RefusalCode;
  readonly message?: string;
}

/** What came of an event, as it stands in `events.outcome` and as callers and `explain` receive it. */
export interface Outcome {
  readonly decision: 'accepted' | 'refused';
  readonly code?: RefusalCode;
  readonly message?: string;
  readonly referralId?: string;
  readonly stage?: string;
  /** Of a signup: the details that came and could not be read, as its payload names them. */
  readonly unreadable?: readonly string[];
  readonly rewards?: readonly RewardOutcome[];
  /** Of an event that was counted for points: each rule's answer, and the achievements that it earned. */
  readonly points?: readonly PointOutcome[];
  readonly achievements?: readonly string[];
  /** Facts that led to it. */
  readonly trace?: unknown;
  /** Of the command that erased a member. */
  readonly erasure?: ErasureReport;
}

/** A no, as an event's outcome. */
export const refusedOutcome = ({ code, message }: Refusal): Outcome => ({
  decision: 'refused',
  code,
  message,
});
