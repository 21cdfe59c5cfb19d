import { exponentOf } from '../iso4217.ts';
import {
  checkAction,
  checkAmount,
  checkList,
  checkName,
  checkRange,
  checkRangeOrNull,
  checkRising,
  invalidIf,
  isActionName,
  type Problem,
} from '../problems.ts';
import { checkBenefit } from '../rewards/check.ts';
import { COUNT_MAX, checkCap, checkCondition, checkExpiry, RULES_MAX } from '../rules/check.ts';
import type { AchievementRule, Level, PointAward, PointCap, PointRule, PointsPolicy } from './policy.ts';

const LIST = { min: 0, max: RULES_MAX } as const;
/** The most points that one event may bring by a rule's word. */
const POINTS_MAX = 1_000_000_000;
/** A level, a cap and a budget are sums. */
const POINTS_SUM_MAX = 1_000_000_000_000_000;
/** A year of days, and two of weeks: how far back a streak is read. */
const STREAK_MAX = { day: 366, week: 104 } as const;
/** Every action within the window is read. */
const SUM_DAYS_MAX = 366;
const POINTS_UNIT = /^PTS/;

/** Problems of the section `points`; `unit` is that of the policy's credits. */
export function checkPoints(points: PointsPolicy | undefined, unit: string): Problem[] {
  if (points === undefined) return [];
  const { rules, levels, achievements } = points;
  return [
    ...checkUnit(points, unit),
    ...checkList('points.rules', rules, LIST, checkPointRule),
    ...checkList('points.levels', levels, LIST, checkLevel),
    ...checkRising(
      levels.map(({ from }) => from),
      (index) => `points.levels[${index}].from`,
    ),
    ...checkList('points.achievements', achievements, LIST, (at, rule) => checkAchievement(at, rule, unit)),
  ];
}

function checkUnit(points: PointsPolicy, unit: string): Problem[] {
  const isPoints = POINTS_UNIT.test(points.unit) && exponentOf(points.unit) !== null;
  // Two limits of one account would contradict each other.
  const isTwice = points.budget !== null && points.unit === unit;
  return [
    ...invalidIf(!isPoints, 'points.unit', 'must be PTS, or PTS_ and 1 to 12 of A-Z and 0-9.'),
    ...checkRangeOrNull('points.budget', points.budget, 0, POINTS_SUM_MAX),
    ...invalidIf(isTwice, 'points.budget', 'must be null: the policy’s budget is in this unit.'),
  ];
}

function checkPointRule(at: string, rule: PointRule): Problem[] {
  const isEvent = rule.event === 'signup' || isActionName(rule.event);
  return [
    ...invalidIf(!isEvent, `${at}.event`, 'must be the name of an action, or signup.'),
    ...checkAward(`${at}.award`, rule.award, rule.event),
    ...checkCondition(`${at}.condition`, rule.condition),
    ...checkPointCap(`${at}.cap`, rule.cap),
    ...checkExpiry(at, rule.expires_days),
  ];
}

function checkAward(at: string, award: PointAward, event: string): Problem[] {
  const problems = checkRange(`${at}.points`, award.points, 1, POINTS_MAX);
  if (award.kind === 'fixed') return problems;
  return [
    ...problems,
    ...invalidIf(event === 'signup', at, 'cannot be by value, as a signup has none.'),
    ...checkAmount(`${at}.per`, award.per),
  ];
}

function checkPointCap(at: string, cap: PointCap | null): Problem[] {
  if (cap === null) return [];
  const problems = checkRangeOrNull(`${at}.points`, cap.points, 1, POINTS_SUM_MAX);
  return checkCap(at, cap, { field: 'points', isSet: cap.points !== null, problems });
}

function checkLevel(at: string, { name, from }: Level): Problem[] {
  return [...checkName(`${at}.name`, name), ...checkRange(`${at}.from`, from, 0, POINTS_SUM_MAX)];
}

function checkAchievement(at: string, rule: AchievementRule, unit: string): Problem[] {
  return [
    ...checkName(`${at}.name`, rule.name),
    ...checkTest(`${at}.test`, rule),
    ...checkEarned(`${at}.benefit`, rule, unit),
  ];
}

function checkTest(at: string, { test, repeatable }: AchievementRule): Problem[] {
  const isFirstSignup = test.event === 'signup' && test.kind === 'first';
  const problems = isFirstSignup ? [] : checkAction(`${at}.event`, test.event);
  switch (test.kind) {
    case 'nth':
      return [...problems, ...checkRange(`${at}.count`, test.count, 1, COUNT_MAX)];
    case 'sum':
      return [
        ...problems,
        ...checkAmount(`${at}.at_least`, test.at_least),
        ...checkRange(`${at}.days`, test.days, 1, SUM_DAYS_MAX),
      ];
    case 'streak':
      return [...problems, ...checkRange(`${at}.length`, test.length, 2, STREAK_MAX[test.by])];
    case 'first':
      return [
        ...problems,
        ...invalidIf(repeatable, `${at}.kind`, 'first happens once and cannot be repeatable.'),
      ];
  }
}

function checkEarned(at: string, { benefit }: AchievementRule, unit: string): Problem[] {
  if (benefit.kind === 'points') return checkRange(`${at}.points`, benefit.points, 1, POINTS_MAX);
  const granted = benefit.kind === 'credit' ? ({ ...benefit, kind: 'fixed' } as const) : benefit;
  return checkBenefit(at, granted, unit);
}
