import { isUnit } from '../iso4217.ts';
import { checkMilestones } from '../milestones/policy.ts';
import { MAX_MINOR } from '../money.ts';
import { checkNotices } from '../notices/policy.ts';
import { checkPoints } from '../points/check.ts';
import {
  checkAction,
  checkList,
  checkMoney,
  checkRange,
  DAYS_MAX,
  invalid,
  invalidIf,
  type Problem,
} from '../problems.ts';
import { checkApproval } from '../redemptions/check.ts';
import { FREE_METHODS } from '../redemptions/methods.ts';
import { FRAUD_SIGNALS } from '../referrals/fraud-signal.ts';
import type { FraudPolicy } from '../referrals/policy.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { checkRewardRule } from '../rewards/check.ts';
import { checkCondition, RULES_MAX } from '../rules/check.ts';
import { checkSurveys } from '../surveys/policy.ts';
import type { Policy } from './policy.ts';

const METHODS_MAX = 10;
const FRAUD_POINTS_MAX = 1_000;
/** A budget is a sum of many amounts; 64 bits hold nine times as much as this. */
const BUDGET_MINOR_MAX = MAX_MINOR * 1_000n;
const SIGNUPS_MAX = 1_000_000;
/** Problems that one refusal names; the next refusal names the rest. */
const PROBLEMS_NAMED_MAX = 10;
const METHODS: ReadonlySet<string> = new Set(FREE_METHODS);
const SIGNALS: ReadonlySet<string> = new Set(FRAUD_SIGNALS);

/**
 * Checks what a policy must be beyond its shape. Returns the policy itself, or refuses: with
 * `condition_invalid` when nothing but conditions is wrong, else with `policy_invalid`. The message names the
 * first ten problems with the place of each.
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
  const named = problems.slice(0, PROBLEMS_NAMED_MAX).map(({ at, message }) => `${at}: ${message}`);
  const isConditionsOnly = problems.every((it) => it.code === 'condition_invalid');
  return refuse(isConditionsOnly ? 'condition_invalid' : 'policy_invalid', named.join(' '));
}

function checkUnit({ unit }: Policy): Problem[] {
  return invalidIf(!isUnit(unit), 'unit', 'must be a code of ISO 4217 or a points unit.');
}

function checkTimes(policy: Policy): Problem[] {
  return [
    ...checkRange('attribution.window_days', policy.attribution.window_days, 0, DAYS_MAX),
    ...checkRange('qualification.within_days', policy.qualification.within_days, 0, DAYS_MAX),
    ...checkRange('refund_days', policy.refund_days, 0, DAYS_MAX),
    ...checkEarning(policy),
    ...checkRange('invitation_days', policy.invitation_days, 0, DAYS_MAX),
    ...checkRange('redemption.approval_days', policy.redemption.approval_days, 0, DAYS_MAX),
  ];
}

function checkEarning({ earning_days, qualification }: Policy): Problem[] {
  if (earning_days === undefined || earning_days === null) return [];
  return [
    ...checkRange('earning_days', earning_days, 1, DAYS_MAX),
    ...invalidIf(
      earning_days < qualification.within_days,
      'earning_days',
      'must not be below qualification.within_days, or a referral could qualify after it earns.',
    ),
  ];
}

function checkQualification({ unit, qualification }: Policy): Problem[] {
  const { event, min_value, condition } = qualification;
  return [
    ...checkAction('qualification.event', event),
    ...(min_value === null ? [] : checkMoney('qualification.min_value', min_value, unit, 1n)),
    ...checkCondition('qualification.condition', condition),
  ];
}

function checkRules({ rules, unit }: Policy): Problem[] {
  const size = { min: 1, max: RULES_MAX } as const;
  return checkList('rules', rules, size, (at, rule) => checkRewardRule(at, rule, unit));
}

function checkFraud(fraud: FraudPolicy): Problem[] {
  const { review_at, deny_at, weights } = fraud;
  return [
    ...checkRange('fraud.review_at', review_at, 1, FRAUD_POINTS_MAX),
    ...checkRange('fraud.deny_at', deny_at, 1, FRAUD_POINTS_MAX),
    ...checkRange('fraud.signups_per_hour_max', fraud.signups_per_hour_max, 1, SIGNUPS_MAX),
    ...checkRange('fraud.signups_per_day_max', fraud.signups_per_day_max, 1, SIGNUPS_MAX),
    ...checkRange('fraud.signups_per_week_max', fraud.signups_per_week_max, 1, SIGNUPS_MAX),
    ...invalidIf(review_at > deny_at, 'fraud.review_at', 'must not be above deny_at.'),
    ...Object.entries(weights).flatMap(checkWeight),
  ];
}

/** A misspelt signal would weigh nothing, and nobody would notice. */
function checkWeight([signal, weight]: readonly [string, number]): Problem[] {
  if (!SIGNALS.has(signal)) return [invalid('fraud.weights', 'names a signal that does not exist.')];
  return checkRange(`fraud.weights.${signal}`, weight, 0, FRAUD_POINTS_MAX);
}

function checkBudget({ unit, budget }: Policy): Problem[] {
  return budget === null ? [] : checkMoney('budget', budget, unit, 0n, BUDGET_MINOR_MAX);
}

function checkRedemption({ unit, redemption }: Policy): Problem[] {
  const { min, auto_approve_max, methods, approval } = redemption;
  const isBelowMin = auto_approve_max.minor !== 0n && auto_approve_max.minor < min.minor;
  const isOff =
    methods.length < 1 || methods.length > METHODS_MAX || new Set(methods).size !== methods.length;
  const areKnown = methods.every((method) => METHODS.has(method));
  const methodNames = [...METHODS].join(', ');
  return [
    ...checkMoney('redemption.min', min, unit, 1n),
    // 0 is allowed: then an operator approves every redemption.
    ...checkMoney('redemption.auto_approve_max', auto_approve_max, unit, 0n),
    ...invalidIf(isBelowMin, 'redemption.auto_approve_max', 'must be 0 or at least redemption.min.'),
    ...invalidIf(isOff, 'redemption.methods', `must be 1 to ${METHODS_MAX}, each once.`),
    ...invalidIf(!areKnown, 'redemption.methods', `must be among ${methodNames}.`),
    ...checkApproval('redemption.approval', approval, unit),
  ];
}
