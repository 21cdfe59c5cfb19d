import type { Money } from '../money.ts';
import type { TraceStep } from '../rules/trace.ts';
import type { CatalogueKind } from './methods.ts';
import type { RedemptionPolicy } from './policy.ts';
import { approvalFor } from './redemption.ts';

/** What is known of a redemption before it is approved. */
export interface ApprovalFacts {
  /** Null: a plain amount, of no item. */
  readonly kind: CatalogueKind | null;
  readonly amount: Money;
  /** The highest score that fraud signals gave a referral of the member; 0: none. */
  readonly fraud_score: number;
  /** Whole days since the member signed up, or was first seen. */
  readonly account_days: number;
  /** What the member set aside or was paid in the last 24 hours in this unit, this redemption included. */
  readonly day_minor: bigint;
}

/** Who approves, and every check with what it came to: passed means that it asks for nobody. */
export interface Approval {
  readonly who: 'auto' | 'operator';
  readonly steps: readonly TraceStep[];
}

/**
 * Who approves a redemption: an operator when its amount is above the limit of its kind, else of its unit,
 * else `auto_approve_max`, or when any rule about risk applies.
 */
export function judgeApproval(policy: RedemptionPolicy, facts: ApprovalFacts): Approval {
  const risk = policy.approval?.risk;
  const steps: TraceStep[] = [
    { step: 'amount', passed: fitsAmount(policy, facts), result: facts.amount.minor.toString() },
  ];
  if (risk !== undefined && risk.fraud_score_at !== null) {
    const passed = facts.fraud_score < risk.fraud_score_at;
    steps.push({ step: 'fraud_score', passed, result: String(facts.fraud_score) });
  }
  if (risk !== undefined && risk.account_days_min !== null) {
    const passed = facts.account_days >= risk.account_days_min;
    steps.push({ step: 'account_days', passed, result: String(facts.account_days) });
  }
  const dayMax = risk?.day_max.find(({ unit }) => unit === facts.amount.unit);
  if (dayMax !== undefined) {
    const passed = facts.day_minor <= dayMax.minor;
    steps.push({ step: 'day_sum', passed, result: facts.day_minor.toString() });
  }
  return { who: steps.every(({ passed }) => passed) ? 'auto' : 'operator', steps };
}

function fitsAmount(policy: RedemptionPolicy, { kind, amount }: ApprovalFacts): boolean {
  const ofUnit = (policy.approval?.auto_max ?? []).filter(({ max }) => max.unit === amount.unit);
  const limit =
    ofUnit.find((it) => kind !== null && it.kind === kind) ?? ofUnit.find((it) => it.kind === null);
  return limit === undefined ? approvalFor(policy, amount) === 'auto' : amount.minor <= limit.max.minor;
}
