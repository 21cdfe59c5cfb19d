import {
  checkAction,
  checkMoney,
  checkName,
  checkRange,
  checkRangeOrNull,
  checkSize,
  DAYS_MAX,
  invalid,
  invalidIf,
  type Problem,
} from '../problems.ts';
import type { CapLimits } from '../rules/caps.ts';
import { COUNT_MAX, checkCap, checkCondition, checkExpiry } from '../rules/check.ts';
import type { Benefit, RateStep, Recipient, Rule, Trigger } from './rule.ts';

const STEPS_MAX = 50;
const RATE_BP_MAX = 10_000;

/** Problems of one rule but for its id, each with its place below `at`. */
export function checkRewardRule(at: string, rule: Rule, unit: string): Problem[] {
  return [
    ...checkTrigger(`${at}.trigger`, rule.trigger),
    ...checkBenefit(`${at}.benefit`, rule.benefit, unit),
    ...checkRange(`${at}.hold_days`, rule.hold_days, 0, DAYS_MAX),
    ...checkExpiry(at, rule.expires_days),
    ...checkAmountCap(`${at}.cap`, rule.cap, unit),
    ...checkCondition(`${at}.condition`, rule.condition),
    ...checkTogether(at, rule),
  ];
}

function checkTrigger(at: string, trigger: Trigger): Problem[] {
  if (trigger.on === 'milestone') return checkRange(`${at}.count`, trigger.count, 1, COUNT_MAX);
  if (trigger.on !== 'nth_event') return [];
  const { event, from, to } = trigger;
  return [
    ...checkAction(`${at}.event`, event),
    ...checkRange(`${at}.from`, from, 1, COUNT_MAX),
    ...checkRangeOrNull(`${at}.to`, to, 1, COUNT_MAX),
    ...invalidIf(to !== null && from > to, `${at}.from`, 'must not be above to.'),
  ];
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
      return checkName(`${at}.label`, benefit.label);
  }
}

function checkSteps(at: string, steps: readonly RateStep[]): Problem[] {
  const problems = checkSize(at, steps.length, { min: 1, max: STEPS_MAX });
  if (problems.length > 0) return problems;
  return steps.flatMap(({ count, rate_bp }, index) => {
    const place = `${at}[${index}]`;
    const before = steps[index - 1] ?? { count: 0, rate_bp: 0 };
    const rises = index === 0 || count > before.count;
    return [
      ...checkRange(`${place}.count`, count, 1, COUNT_MAX),
      ...checkRange(`${place}.rate_bp`, rate_bp, 1, RATE_BP_MAX),
      ...invalidIf(!rises, `${place}.count`, 'must be above the one before.'),
      // A rate that falls could make one more success worth less than nothing.
      ...invalidIf(rate_bp < before.rate_bp, `${place}.rate_bp`, 'must not fall.'),
    ];
  });
}

function checkAmountCap(at: string, cap: CapLimits | null, unit: string): Problem[] {
  if (cap === null) return [];
  const { amount } = cap;
  const problems = amount === null ? [] : checkMoney(`${at}.amount`, amount, unit, 1n);
  return checkCap(at, cap, { field: 'an amount', isSet: amount !== null, problems });
}

/** What each part allows alone and the parts do not allow together. */
function checkTogether(at: string, rule: Rule): Problem[] {
  const { benefit, trigger, cap } = rule;
  const onSignup = benefit.kind === 'percentage' && trigger.on === 'signed_up';
  const hasAmount = benefit.kind !== 'badge' && benefit.kind !== 'perk';
  const capsNothing = !hasAmount && cap !== null && cap.amount !== null;
  return [
    ...(benefit.kind === 'milestone_rate' ? checkMilestoneRate(at, rule) : []),
    ...(trigger.on === 'milestone' ? checkMilestoneTrigger(at, rule) : []),
    ...invalidIf(onSignup, `${at}.benefit`, 'cannot be a percentage, as a signup has no value.'),
    ...invalidIf(capsNothing, `${at}.cap.amount`, 'cannot limit what has no amount.'),
  ];
}

/**
 * A cap or a condition would break the equation of what was granted with the entitlement, on which a refund
 * relies.
 */
function checkMilestoneRate(at: string, { trigger, recipient, cap, condition }: Rule): Problem[] {
  return [
    ...checkCountedFor(at, recipient),
    ...invalidIf(trigger.on !== 'qualified', `${at}.trigger`, 'of a milestone rate must be qualified.'),
    ...invalidIf(cap !== null, `${at}.cap`, 'must not limit a milestone rate.'),
    ...invalidIf(condition !== null, `${at}.condition`, 'must not restrict a milestone rate.'),
  ];
}

/** A milestone is rewarded once for ever, so what was granted is counted without a period. */
function checkMilestoneTrigger(at: string, { recipient, cap, benefit }: Rule): Problem[] {
  const problems = benefit.kind === 'milestone_rate' ? [] : checkCountedFor(at, recipient);
  const hasPeriod = cap !== null && cap.period_days !== null;
  return [...problems, ...invalidIf(hasPeriod, `${at}.cap.period_days`, 'must be null for a milestone.')];
}

function checkCountedFor(at: string, recipient: Recipient): Problem[] {
  if (recipient === 'referrer') return [];
  return [invalid(`${at}.recipient`, 'must be the referrer, whose referrals a milestone counts.')];
}
