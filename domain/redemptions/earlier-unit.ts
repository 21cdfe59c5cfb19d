import type { ApprovalPolicy, RedemptionPolicy } from './policy.ts';

/**
 * What holds for redeeming in a unit that the policy in force no longer has: the amounts are those of
 * `earlier`, the last version of that unit, and all else is the policy's in force. So what members have in
 * the unit stays redeemable, by the methods and under the risk rules of today.
 */
export function redeemingEarlierUnit(current: RedemptionPolicy, earlier: RedemptionPolicy): RedemptionPolicy {
  const { min, auto_approve_max } = earlier;
  const approval = approvalIn(min.unit, current.approval, earlier.approval);
  return { ...current, min, auto_approve_max, ...(approval !== undefined && { approval }) };
}

const NO_RISK: ApprovalPolicy['risk'] = { fraud_score_at: null, account_days_min: null, day_max: [] };

function approvalIn(
  unit: string,
  current: ApprovalPolicy | undefined,
  earlier: ApprovalPolicy | undefined,
): ApprovalPolicy | undefined {
  if (earlier === undefined) return current;
  const { auto_max, risk } = current ?? { auto_max: [], risk: NO_RISK };
  return {
    auto_max: [...auto_max, ...earlier.auto_max.filter(({ max }) => max.unit === unit)],
    risk: { ...risk, day_max: [...risk.day_max, ...earlier.risk.day_max.filter((max) => max.unit === unit)] },
  };
}
