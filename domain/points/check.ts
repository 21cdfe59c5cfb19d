import { exponentOf } from '../iso4217.ts';
import {
  checkCondition,
  checkMoney,
  checkRange,
  DAYS_MAX,
  invalid,
  isActionName,
  type Problem,
} from '../problems.ts';
import type { AchievementRule, Level, PointAward, PointCap, PointRule, PointsPolicy } from './policy.ts';

const RULES_MAX = 50;
const LEVELS_MAX = 50;
const ACHIEVEMENTS_MAX = 50;
const COUNT_MAX = 1_000_000;
/** The most points that one event may bring by a rule's word. */
const POINTS_MAX = 1_000_000_000;
/** A level, a cap and a budget are sums. */
const POINTS_SUM_MAX = 1_000_000_000_000_000;
/** A year of days, and two of weeks: what a streak is looked up by. */
const STREAK_MAX = { day: 366, week: 104 } as const;
/** Every action within the window is looked at. */
const SUM_DAYS_MAX = 366;
const TEXT_LENGTH_MAX = 100;
/** No colon, as ids are parts of business keys. */
const ID = /^[a-z0-9][a-z0-9_-]{0,49}$/;
const POINTS_UNIT = /^PTS/;

/** Problems of the section `points`; `unit` is that of the policy's credits. */
export function checkPoints(points: PointsPolicy | undefined, unit: string): Problem[] {
  if (points === undefined) return [];
  const { rules, levels, achievements } = points;
  return [
    ...checkUnit(points, unit),
    ...checkList('points.rules', rules, RULES_MAX, checkRule),
    ...checkList('points.levels', levels, LEVELS_MAX, checkLevel),
    ...checkRising(levels),
    ...checkList('points.achievements', achievements, ACHIEVEMENTS_MAX, (at, rule) =>
      checkAchievement(at, rule, unit),
    ),
  ];
}

function checkUnit(points: PointsPolicy, unit: string): Problem[] {
  const problems: Problem[] = [];
  if (!POINTS_UNIT.test(points.unit) || exponentOf(points.unit) === null) {
    problems.push(invalid('points.unit', 'must be PTS, or PTS_ and 1 to 12 of A-Z and 0-9.'));
  }
  if (points.budget === null) return problems;
  problems.push(...checkRange('points.budget', points.budget, 0, POINTS_SUM_MAX));
  // Two limits of one account would contradict each other.
  if (points.unit === unit)
    problems.push(invalid('points.budget', 'must be null: the policy’s budget is in this unit.'));
  return problems;
}

function checkList<T extends { readonly id: string }>(
  at: string,
  items: readonly T[],
  max: number,
  check: (at: string, item: T) => Problem[],
): Problem[] {
  if (items.length > max) return [invalid(at, `must be at most ${max}.`)];
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const place = `${at}[${index}]`;
    const problems = check(place, item);
    if (!ID.test(item.id)) problems.push(invalid(`${place}.id`, 'must be 1 to 50 of a-z, 0-9, _ and -.'));
    if (seen.has(item.id)) problems.push(invalid(`${place}.id`, 'must be unique.'));
    seen.add(item.id);
    return problems;
  });
}

const isPointEvent = (event: string) => event === 'signup' || isActionName(event);

function checkRule(at: string, rule: PointRule): Problem[] {
  const problems = isPointEvent(rule.event)
    ? []
    : [invalid(`${at}.event`, 'must be the name of an action, or signup.')];
  return [
    ...problems,
    ...checkAward(`${at}.award`, rule.award, rule.event),
    ...checkCondition(`${at}.condition`, rule.condition),
    ...(rule.cap === null ? [] : checkCap(`${at}.cap`, rule.cap)),
    ...(rule.expires_days === null ? [] : checkRange(`${at}.expires_days`, rule.expires_days, 1, DAYS_MAX)),
  ];
}

function checkAward(at: string, award: PointAward, event: string): Problem[] {
  const problems = checkRange(`${at}.points`, award.points, 1, POINTS_MAX);
  if (award.kind === 'fixed') return problems;
  if (event === 'signup') problems.push(invalid(at, 'cannot be by value, as a signup has none.'));
  return [...problems, ...checkAmount(`${at}.per`, award.per)];
}

/** An amount of any unit that exists. */
function checkAmount(at: string, amount: { readonly minor: bigint; readonly unit: string }): Problem[] {
  if (exponentOf(amount.unit) === null) return [invalid(`${at}.unit`, 'must be a known unit.')];
  return checkMoney(at, amount, amount.unit, 1n);
}

function checkCap(at: string, { points, count, period_days }: PointCap): Problem[] {
  const problems = points === null && count === null ? [invalid(at, 'must limit points or a count.')] : [];
  if (points !== null) problems.push(...checkRange(`${at}.points`, points, 1, POINTS_SUM_MAX));
  if (count !== null) problems.push(...checkRange(`${at}.count`, count, 1, COUNT_MAX));
  if (period_days !== null) problems.push(...checkRange(`${at}.period_days`, period_days, 1, DAYS_MAX));
  return problems;
}

function checkText(at: string, text: string): Problem[] {
  const isGood = text.trim().length > 0 && text.length <= TEXT_LENGTH_MAX;
  return isGood ? [] : [invalid(at, `must be 1 to ${TEXT_LENGTH_MAX} characters.`)];
}

function checkLevel(at: string, { name, from }: Level): Problem[] {
  return [...checkText(`${at}.name`, name), ...checkRange(`${at}.from`, from, 0, POINTS_SUM_MAX)];
}

function checkRising(levels: readonly Level[]): Problem[] {
  return levels.flatMap(({ from }, index) => {
    const before = levels[index - 1];
    return before === undefined || from > before.from
      ? []
      : [invalid(`points.levels[${index}].from`, 'must be above the one before.')];
  });
}

function checkAchievement(at: string, rule: AchievementRule, unit: string): Problem[] {
  return [
    ...checkText(`${at}.name`, rule.name),
    ...checkTest(`${at}.test`, rule),
    ...checkBenefit(`${at}.benefit`, rule, unit),
  ];
}

function checkTest(at: string, { test, repeatable }: AchievementRule): Problem[] {
  const problems =
    isActionName(test.event) || (test.event === 'signup' && test.kind === 'first')
      ? []
      : [invalid(`${at}.event`, 'must be the name of an action.')];
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
      return repeatable
        ? [...problems, invalid(`${at}.kind`, 'first happens once and cannot be repeatable.')]
        : problems;
  }
}

function checkBenefit(at: string, { benefit }: AchievementRule, unit: string): Problem[] {
  switch (benefit.kind) {
    case 'points':
      return checkRange(`${at}.points`, benefit.points, 1, POINTS_MAX);
    case 'credit':
      return checkMoney(`${at}.amount`, benefit.amount, unit, 1n);
    case 'badge':
    case 'perk':
      return checkText(`${at}.label`, benefit.label);
  }
}
