import { isCurrency } from '../iso4217.ts';
import { MAX_MINOR, type Money } from '../money.ts';
import { checkRange, DAYS_MAX, invalid, type Problem } from '../problems.ts';
import type { ApprovalPolicy } from './policy.ts';

const SCORE_MAX = 30_000;
const LIMITS_MAX = 20;

/** Problems of the approval rules: amounts in the policy's unit or in points, each kind and unit once. */
export function checkApproval(at: string, approval: ApprovalPolicy | undefined, unit: string): Problem[] {
  if (approval === undefined) return [];
  const { auto_max, risk } = approval;
  return [
    ...checkLimits(
      `${at}.auto_max`,
      auto_max.map(({ max }) => max),
      unit,
    ),
    ...checkOnce(
      `${at}.auto_max`,
      auto_max.map(({ kind, max }) => `${kind ?? ''} ${max.unit}`),
    ),
    ...(risk.fraud_score_at === null
      ? []
      : checkRange(`${at}.risk.fraud_score_at`, risk.fraud_score_at, 1, SCORE_MAX)),
    ...(risk.account_days_min === null
      ? []
      : checkRange(`${at}.risk.account_days_min`, risk.account_days_min, 1, DAYS_MAX)),
    ...checkLimits(`${at}.risk.day_max`, risk.day_max, unit),
    ...checkOnce(
      `${at}.risk.day_max`,
      risk.day_max.map((max) => max.unit),
    ),
  ];
}

function checkLimits(at: string, limits: readonly Money[], unit: string): Problem[] {
  if (limits.length > LIMITS_MAX) return [invalid(at, `must be at most ${LIMITS_MAX}.`)];
  return limits.flatMap((limit, index) => {
    const problems: Problem[] = [];
    if (limit.unit !== unit && isCurrency(limit.unit)) {
      problems.push(invalid(`${at}[${index}]`, `must be in the policy's unit, ${unit}, or in points.`));
    }
    if (limit.minor < 0n || limit.minor > MAX_MINOR) {
      problems.push(invalid(`${at}[${index}]`, `must be from 0 to ${MAX_MINOR} minor units.`));
    }
    return problems;
  });
}

const checkOnce = (at: string, names: readonly string[]): Problem[] =>
  new Set(names).size === names.length ? [] : [invalid(at, 'must name each kind and unit once.')];
