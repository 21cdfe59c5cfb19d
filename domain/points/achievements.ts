import type { Money } from '../money.ts';
import { type FixedRate, valueIn } from '../rates/convert.ts';
import { DAY_MS } from '../time.ts';
import type { AchievementRule, AchievementTest } from './policy.ts';
import { periodOf, runAround } from './streak.ts';

/** An action that counts. Its value is net of refunds; an action that was refunded whole does not count. */
export interface CountedAction {
  readonly at_ms: number;
  readonly value: Money | null;
  /** Those that were fixed for the value; left out: none. */
  readonly rates?: readonly FixedRate[] | undefined;
}

/** What an award rests on: the times of its first and its last action, and the zone whose days count. */
export interface AwardSpan {
  readonly from_ms: number;
  readonly reached_ms: number;
  readonly zone: string;
}

/**
 * Actions looked at for one achievement: more within its window than anybody does by hand, and little enough
 * to hold.
 */
export const ACTIONS_MAX = 5_000;

/** All that an achievement may look at when a member has acted. */
export interface AchievementFacts {
  /** The action that was just counted. */
  readonly at_ms: number;
  readonly zone: string;
  /**
   * The member's counted actions of the type with the new one, in any order. Those within `reachOf` suffice.
   */
  readonly actions: readonly CountedAction[];
  /** How many there are in all. */
  readonly count: number;
  /** This member's awards of this achievement, without those that were reversed. */
  readonly awards: readonly AwardSpan[];
  /** Whether somebody in the program has it. Read only for an achievement that one member can have once. */
  readonly taken: boolean;
}

/**
 * Milliseconds before and after an action within which other actions matter; 0: only their number matters.
 */
export function reachOf(test: AchievementTest): number {
  switch (test.kind) {
    case 'nth':
    case 'first':
      return 0;
    case 'sum':
      return test.days * DAY_MS;
    case 'streak':
      // One period more, as the hours within periods differ.
      return (test.length + 1) * (test.by === 'day' ? 1 : 7) * DAY_MS;
  }
}

/**
 * Decides whether the action that was just counted earns the achievement. Returns what the award rests on, or
 * null for no award. An achievement that is not repeatable is earned once, until that award is reversed. A
 * repeatable sum or streak looks only at actions after its latest award: an earlier action that arrives late
 * counts for none.
 */
export function decideAward(
  { test, repeatable }: Pick<AchievementRule, 'test' | 'repeatable'>,
  facts: AchievementFacts,
): AwardSpan | null {
  const { awards, at_ms, zone } = facts;
  if (!repeatable && awards.length > 0) return null;
  const moment = { from_ms: at_ms, reached_ms: at_ms, zone };
  switch (test.kind) {
    case 'nth':
      return Math.floor(facts.count / test.count) > awards.length ? moment : null;
    case 'first':
      return test.within === 'program' && facts.taken ? null : moment;
    case 'sum':
      return findSum(test, facts, latestAward(awards));
    case 'streak':
      return findStreak(test, facts, latestAward(awards));
  }
}

/** When the latest of the awards was reached, in milliseconds since 1970; minus infinity without any. */
export const latestAward = (awards: readonly AwardSpan[]): number =>
  awards.reduce((latest, { reached_ms }) => Math.max(latest, reached_ms), Number.NEGATIVE_INFINITY);

/** The earliest stretch of `days` whose actions are worth enough. */
function findSum(
  { at_least, days }: Extract<AchievementTest, { kind: 'sum' }>,
  { actions, zone }: AchievementFacts,
  since_ms: number,
): AwardSpan | null {
  const amounts = amountsIn(actions, at_least.unit)
    .filter(({ at_ms }) => at_ms > since_ms)
    .sort((a, b) => a.at_ms - b.at_ms);
  let sum_minor = 0n;
  let oldest = 0;
  for (const { at_ms, minor } of amounts) {
    sum_minor += minor;
    let first = amounts[oldest];
    while (first !== undefined && first.at_ms <= at_ms - days * DAY_MS) {
      sum_minor -= first.minor;
      oldest += 1;
      first = amounts[oldest];
    }
    if (sum_minor >= at_least.minor) return { from_ms: first?.at_ms ?? at_ms, reached_ms: at_ms, zone };
  }
  return null;
}

function amountsIn(actions: readonly CountedAction[], unit: string) {
  return actions.flatMap(({ at_ms, value, rates = [] }) => {
    const counted = value === null ? null : valueIn(value, rates, unit);
    return counted === null ? [] : [{ at_ms, minor: counted.minor }];
  });
}

/** What the actions are worth together in one unit, in minor units. */
export const worthIn = (actions: readonly CountedAction[], unit: string): bigint =>
  amountsIn(actions, unit).reduce((sum_minor, { minor }) => sum_minor + minor, 0n);

/** The first `length` periods of the run that holds the action. */
function findStreak(
  { by, length }: Extract<AchievementTest, { kind: 'streak' }>,
  { actions, at_ms, zone }: AchievementFacts,
  since_ms: number,
): AwardSpan | null {
  const since = periodOfAward(since_ms, zone, by);
  const inPeriods = actions
    .map((action) => ({ at_ms: action.at_ms, period: periodOf(action.at_ms, zone, by) }))
    .filter(({ period }) => period > since);
  const now = periodOf(at_ms, zone, by);
  if (now <= since) return null;
  const { first, last } = runAround(
    inPeriods.map(({ period }) => period),
    now,
  );
  if (last - first + 1 < length) return null;
  const earliestIn = (wanted: number) =>
    Math.min(...inPeriods.flatMap((it) => (it.period === wanted ? [it.at_ms] : [])));
  return { from_ms: earliestIn(first), reached_ms: earliestIn(first + length - 1), zone };
}

/**
 * The period of the latest award, after which actions count for the next one; minus infinity without an
 * award.
 */
export const periodOfAward = (since_ms: number, zone: string, by: 'day' | 'week'): number =>
  Number.isFinite(since_ms) ? periodOf(since_ms, zone, by) : Number.NEGATIVE_INFINITY;
