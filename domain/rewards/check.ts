import {
  checkCondition,
  checkMoney,
  checkRange,
  DAYS_MAX,
  invalid,
  isActionName,
  type Problem,
} from '../problems.ts';
import type { CapLimits } from '../rules/caps.ts';
import type { Benefit, RateStep, Recipient, Rule, Trigger } from './rule.ts';

const STEPS_MAX = 50;
/** Largest count of events or referrals that a rule may name. */
export const COUNT_MAX = 1_000_000;
const RATE_BP_MAX = 10_000;
const LABEL_LENGTH_MAX = 100;
/** No colon, as the id is part of the reward's business key. */
export const RULE_ID = /^[a-z0-9][a-z0-9_-]{0,49}$/;

/** Problems of one rule, each with its place below `at`. */
export function checkRule(at: string, rule: Rule, unit: string): Problem[] {
  const problems = RULE_ID.test(rule.id)
    ? []
    : [invalid(`${at}.id`, 'must be 1 to 50 of a-z, 0-9, _ and -.')];
  return [
    ...problems,
    ...checkTrigger(`${at}.trigger`, rule.trigger),
    ...checkBenefit(`${at}.benefit`, rule.benefit, unit),
    ...checkRange(`${at}.hold_days`, rule.hold_days, 0, DAYS_MAX),
    ...(rule.expires_days === null ? [] : checkRange(`${at}.expires_days`, rule.expires_days, 1, DAYS_MAX)),
    ...(rule.cap === null ? [] : checkCap(`${at}.cap`, rule.cap, unit)),
    ...checkCondition(`${at}.condition`, rule.condition),
    ...checkTogether(at, rule),
  ];
}

function checkTrigger(at: string, trigger: Trigger): Problem[] {
  if (trigger.on === 'milestone') return checkRange(`${at}.count`, trigger.count, 1, COUNT_MAX);
  if (trigger.on !== 'nth_event') return [];
  const problems = isActionName(trigger.event)
    ? []
    : [invalid(`${at}.event`, 'must be the name of an action.')];
  problems.push(...checkRange(`${at}.from`, trigger.from, 1, COUNT_MAX));
  if (trigger.to === null) return problems;
  problems.push(...checkRange(`${at}.to`, trigger.to, 1, COUNT_MAX));
  if (trigger.from > trigger.to) problems.push(invalid(`${at}.from`, 'must not be above to.'));
  return problems;
}

/** Problems of what a rule grants. */
export function checkBenefit(at: string, benefit: Benefit, unit: string): Problem[] {
  switch (benefit.kind) {
    case 'fixed':
      return checkMoney(`${at}.amount`, benefit.amount, unit, 1n);
    case 'percentage':
      return [
        ...checkRange(`${at}.rate_bp`, benefit.rate_bp, 1, RATE_BP_MAX),
        ...(benefit.cap === null ? [] : checkMoney(`${at}.cap`, benefit.cap, unit, 1n)),
      ];
    case 'milestone_rate':
      return [
        ...checkMoney(`${at}.base`, benefit.base, unit, 1n),
        ...checkSteps(`${at}.steps`, benefit.steps),
      ];
    case 'badge':
    case 'perk':
      return checkLabel(`${at}.label`, benefit.label);
  }
}

/** Problems of a name that people read. */
export function checkLabel(at: string, label: string): Problem[] {
  const isGood = label.trim().length > 0 && label.length <= LABEL_LENGTH_MAX;
  return isGood ? [] : [invalid(at, `must be 1 to ${LABEL_LENGTH_MAX} characters.`)];
}

function checkSteps(at: string, steps: readonly RateStep[]): Problem[] {
  if (steps.length < 1 || steps.length > STEPS_MAX) return [invalid(at, `must be from 1 to ${STEPS_MAX}.`)];
  return steps.flatMap((step, index) => {
    const before = steps[index - 1];
    const problems = [
      ...checkRange(`${at}[${index}].count`, step.count, 1, COUNT_MAX),
      ...checkRange(`${at}[${index}].rate_bp`, step.rate_bp, 1, RATE_BP_MAX),
    ];
    if (before === undefined) return problems;
    if (step.count <= before.count)
      problems.push(invalid(`${at}[${index}].count`, 'must be above the one before.'));
    // A rate that falls could make one more success worth less than nothing.
    if (step.rate_bp < before.rate_bp) problems.push(invalid(`${at}[${index}].rate_bp`, 'must not fall.'));
    return problems;
  });
}

function checkCap(at: string, cap: CapLimits, unit: string): Problem[] {
  const problems: Problem[] = [];
  if (cap.amount === null && cap.count === null)
    problems.push(invalid(at, 'must limit an amount or a count.'));
  if (cap.amount !== null) problems.push(...checkMoney(`${at}.amount`, cap.amount, unit, 1n));
  if (cap.count !== null) problems.push(...checkRange(`${at}.count`, cap.count, 1, COUNT_MAX));
  if (cap.period_days !== null)
    problems.push(...checkRange(`${at}.period_days`, cap.period_days, 1, DAYS_MAX));
  return problems;
}

/** What each part allows alone and the parts do not allow together. */
function checkTogether(at: string, rule: Rule): Problem[] {
  const { benefit, trigger, cap } = rule;
  const problems = benefit.kind === 'milestone_rate' ? checkMilestoneRate(at, rule) : [];
  if (trigger.on === 'milestone') problems.push(...checkMilestone(at, rule));
  if (benefit.kind === 'percentage' && trigger.on === 'signed_up') {
    problems.push(invalid(`${at}.benefit`, 'cannot be a percentage, as a signup has no value.'));
  }
  const hasAmount = benefit.kind !== 'badge' && benefit.kind !== 'perk';
  if (!hasAmount && cap !== null && cap.amount !== null) {
    problems.push(invalid(`${at}.cap.amount`, 'cannot limit what has no amount.'));
  }
  return problems;
}

/** A cap or a condition would break the equation of what was granted with the entitlement, on which a refund relies. */
function checkMilestoneRate(at: string, { trigger, recipient, cap, condition }: Rule): Problem[] {
  const problems = checkCountedFor(at, recipient);
  if (trigger.on !== 'qualified')
    problems.push(invalid(`${at}.trigger`, 'of a milestone rate must be qualified.'));
  if (cap !== null) problems.push(invalid(`${at}.cap`, 'must not limit a milestone rate.'));
  if (condition !== null) problems.push(invalid(`${at}.condition`, 'must not restrict a milestone rate.'));
  return problems;
}

/** A milestone is rewarded once for ever, so what was granted is counted without a period. */
function checkMilestone(at: string, { recipient, cap, benefit }: Rule): Problem[] {
  const problems = benefit.kind === 'milestone_rate' ? [] : checkCountedFor(at, recipient);
  if (cap !== null && cap.period_days !== null) {
    problems.push(invalid(`${at}.cap.period_days`, 'must be null for a milestone.'));
  }
  return problems;
}

function checkCountedFor(at: string, recipient: Recipient): Problem[] {
  if (recipient === 'referrer') return [];
  return [invalid(`${at}.recipient`, 'must be the referrer, whose referrals a milestone counts.')];
}
