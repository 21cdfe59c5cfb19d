import { isUnit } from '../iso4217.ts';
import { checkMilestones } from '../milestones/policy.ts';
import { MAX_MINOR } from '../money.ts';
import { checkNotices } from '../notices/policy.ts';
import { checkPoints } from '../points/check.ts';
import {
  checkCondition,
  checkMoney,
  checkRange,
  DAYS_MAX,
  invalid,
  isActionName,
  type Problem,
} from '../problems.ts';
import { checkApproval } from '../redemptions/check.ts';
import { FREE_METHODS } from '../redemptions/methods.ts';
import { FRAUD_SIGNALS } from '../referrals/fraud.ts';
import type { FraudPolicy } from '../referrals/policy.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { checkRule } from '../rewards/check.ts';
import { checkSurveys } from '../surveys/policy.ts';
import type { Policy } from './policy.ts';

const RULES_MAX = 50;
const METHODS_MAX = 10;
const FRAUD_POINTS_MAX = 1_000;
/** A budget is a sum of many amounts; 64 bits hold nine times as much as this. */
const BUDGET_MINOR_MAX = MAX_MINOR * 1_000n;
const SIGNUPS_MAX = 1_000_000;
/** Problems told at once; the rest shows when these are mended. */
const PROBLEMS_TOLD_MAX = 10;
const METHODS: ReadonlySet<string> = new Set(FREE_METHODS);

/**
 * What a policy must be beyond its shape. Gives the policy itself back, or refuses: with `condition_invalid` when nothing but conditions
 * is wrong, else with `policy_invalid`; the message names the first ten problems with the place of each.
 */
export function checkPolicy(policy: Policy): Result<Policy> {
  const problems = [
    ...checkUnit(policy),
    ...checkTimes(policy),
    ...checkQualification(policy),
    ...checkRules(policy),
    ...checkFraud(policy.fraud),
    ...checkBudget(policy),
    ...checkRedemption(policy),
    ...checkNotices(policy.notices),
    ...(policy.surveys === undefined ? [] : checkSurveys(policy.surveys)),
    ...checkMilestones(policy.milestones, policy.unit),
    ...checkPoints(policy.points, policy.unit),
  ];
  if (problems.length === 0) return ok(policy);
  const told = problems.slice(0, PROBLEMS_TOLD_MAX).map((it) => `${it.at}: ${it.message}`);
  const isConditionsOnly = problems.every((it) => it.code === 'condition_invalid');
  return refuse(isConditionsOnly ? 'condition_invalid' : 'policy_invalid', told.join(' '));
}

function checkUnit({ unit }: Policy): Problem[] {
  if (isUnit(unit)) return [];
  return [invalid('unit', 'must be an active ISO 4217 code or a points unit.')];
}

function checkTimes(policy: Policy): Problem[] {
  return [
    ...checkRange('attribution.window_days', policy.attribution.window_days, 0, DAYS_MAX),
    ...checkRange('qualification.within_days', policy.qualification.within_days, 0, DAYS_MAX),
    ...checkRange('refund_days', policy.refund_days, 0, DAYS_MAX),
    ...checkRange('invitation_days', policy.invitation_days, 0, DAYS_MAX),
    ...checkRange('redemption.approval_days', policy.redemption.approval_days, 0, DAYS_MAX),
  ];
}

function checkQualification({ unit, qualification }: Policy): Problem[] {
  const problems: Problem[] = [];
  if (!isActionName(qualification.event)) {
    problems.push(invalid('qualification.event', 'must be the name of an action.'));
  }
  if (qualification.min_value !== null) {
    problems.push(...checkMoney('qualification.min_value', qualification.min_value, unit, 1n));
  }
  return [...problems, ...checkCondition('qualification.condition', qualification.condition)];
}

function checkRules(policy: Policy): Problem[] {
  const { rules } = policy;
  const problems: Problem[] = [];
  if (rules.length < 1 || rules.length > RULES_MAX) {
    return [invalid('rules', `must be from 1 to ${RULES_MAX}.`)];
  }
  const seen = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    if (seen.has(rule.id)) {
      problems.push(invalid(`rules[${index}].id`, 'must be unique within the policy.'));
    }
    seen.add(rule.id);
    problems.push(...checkRule(`rules[${index}]`, rule, policy.unit));
  }
  return problems;
}

function checkFraud(fraud: FraudPolicy): Problem[] {
  const known: ReadonlySet<string> = new Set(FRAUD_SIGNALS);
  const problems = [
    ...checkRange('fraud.review_at', fraud.review_at, 1, FRAUD_POINTS_MAX),
    ...checkRange('fraud.deny_at', fraud.deny_at, 1, FRAUD_POINTS_MAX),
    ...checkRange('fraud.signups_per_hour_max', fraud.signups_per_hour_max, 1, SIGNUPS_MAX),
    ...checkRange('fraud.signups_per_day_max', fraud.signups_per_day_max, 1, SIGNUPS_MAX),
    ...checkRange('fraud.signups_per_week_max', fraud.signups_per_week_max, 1, SIGNUPS_MAX),
  ];
  if (fraud.review_at > fraud.deny_at) {
    problems.push(invalid('fraud.review_at', 'must not be above deny_at.'));
  }
  for (const [signal, weight] of Object.entries(fraud.weights)) {
    // A misspelt signal would weigh nothing, and nobody would notice.
    if (!known.has(signal)) {
      problems.push(invalid('fraud.weights', 'names a signal that does not exist.'));
    } else problems.push(...checkRange(`fraud.weights.${signal}`, weight, 0, FRAUD_POINTS_MAX));
  }
  return problems;
}

function checkBudget({ unit, budget }: Policy): Problem[] {
  return budget === null ? [] : checkMoney('budget', budget, unit, 0n, BUDGET_MINOR_MAX);
}

function checkRedemption({ unit, redemption }: Policy): Problem[] {
  const { min, auto_approve_max, methods } = redemption;
  const problems = [
    ...checkMoney('redemption.min', min, unit, 1n),
    // 0 is allowed: then an operator approves every redemption.
    ...checkMoney('redemption.auto_approve_max', auto_approve_max, unit, 0n),
  ];
  if (auto_approve_max.minor !== 0n && auto_approve_max.minor < min.minor) {
    problems.push(invalid('redemption.auto_approve_max', 'must be 0 or at least redemption.min.'));
  }
  if (methods.length < 1 || methods.length > METHODS_MAX || new Set(methods).size !== methods.length) {
    problems.push(invalid('redemption.methods', `must be 1 to ${METHODS_MAX}, each once.`));
  }
  if (!methods.every((method) => METHODS.has(method))) {
    problems.push(invalid('redemption.methods', `must be among ${[...METHODS].join(', ')}.`));
  }
  return [...problems, ...checkApproval('redemption.approval', redemption.approval, unit)];
}
