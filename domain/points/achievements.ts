import type { Money } from '../money.ts';
import { DAY_MS } from '../time.ts';
import type { AchievementRule, AchievementTest } from './policy.ts';
import { liveRun, periodOf, runAround } from './streak.ts';

/** An action that counts; its value is net of what was refunded, and an action refunded whole is not among them. */
export interface CountedAction {
  readonly at_ms: number;
  readonly value: Money | null;
}

/** What an award rests on: the times of the first and of the completing action, and the zone in which days were told. */
export interface AwardSpan {
  readonly from_ms: number;
  readonly reached_ms: number;
  readonly zone: string;
}

/** All that an achievement may look at when a member has acted. */
export interface AchievementFacts {
  /** The action that was just counted. */
  readonly at_ms: number;
  readonly zone: string;
  /** The member's counted actions of the type, the new one included, in any order; those within `reachOf` suffice. */
  readonly actions: readonly CountedAction[];
  /** How many there are in all. */
  readonly count: number;
  /** Awards of this achievement to this member that stand. */
  readonly awards: readonly AwardSpan[];
  /** Somebody in the program has it: asked for where it can be had once by one. */
  readonly taken: boolean;
}

/** Milliseconds before and after an action within which other actions matter for the test; 0: only how many there are. */
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
 * Whether the action that was just counted earns the achievement, and what the award then rests on; null: it does not. An
 * achievement that is not repeatable is earned once while its award stands. A repeatable sum or streak looks only at what
 * happened after the award before it: what came late, and lies earlier, counts for none any more.
 */
export function achieved(
  { test, repeatable }: Pick<AchievementRule, 'test' | 'repeatable'>,
  facts: AchievementFacts,
): AwardSpan | null {
  const { awards, at_ms, zone } = facts;
  if (!repeatable && awards.length > 0) return null;
  const since_ms = awards.reduce(
    (latest, { reached_ms }) => Math.max(latest, reached_ms),
    Number.NEGATIVE_INFINITY,
  );
  const moment = { from_ms: at_ms, reached_ms: at_ms, zone };
  switch (test.kind) {
    case 'nth':
      return Math.floor(facts.count / test.count) > awards.length ? moment : null;
    case 'first':
      return test.within === 'program' && facts.taken ? null : moment;
    case 'sum':
      return findSum(test, facts, since_ms);
    case 'streak':
      return findStreak(test, facts, since_ms);
  }
}

/** The earliest stretch of `days` whose actions are worth enough. */
function findSum(
  { at_least, days }: Extract<AchievementTest, { kind: 'sum' }>,
  { actions, zone }: AchievementFacts,
  since_ms: number,
): AwardSpan | null {
  const worth = worthOf(actions, at_least.unit)
    .filter(({ at_ms }) => at_ms > since_ms)
    .sort((a, b) => a.at_ms - b.at_ms);
  let sum = 0n;
  let oldest = 0;
  for (const { at_ms, minor } of worth) {
    sum += minor;
    for (
      let first = worth[oldest];
      first !== undefined && first.at_ms <= at_ms - days * DAY_MS;
      first = worth[oldest]
    ) {
      sum -= first.minor;
      oldest += 1;
    }
    if (sum >= at_least.minor) return { from_ms: worth[oldest]?.at_ms ?? at_ms, reached_ms: at_ms, zone };
  }
  return null;
}

function worthOf(actions: readonly CountedAction[], unit: string) {
  return actions.flatMap(({ at_ms, value }) =>
    value === null || value.unit !== unit ? [] : [{ at_ms, minor: value.minor }],
  );
}

/** The first `length` periods of the run that the action lies in. */
function findStreak(
  { by, length }: Extract<AchievementTest, { kind: 'streak' }>,
  { actions, at_ms, zone }: AchievementFacts,
  since_ms: number,
): AwardSpan | null {
  const since = Number.isFinite(since_ms) ? periodOf(since_ms, zone, by) : Number.NEGATIVE_INFINITY;
  const dated = actions
    .map((action) => ({ at_ms: action.at_ms, period: periodOf(action.at_ms, zone, by) }))
    .filter(({ period }) => period > since);
  const now = periodOf(at_ms, zone, by);
  if (now <= since) return null;
  const { first, last } = runAround(
    dated.map(({ period }) => period),
    now,
  );
  if (last - first + 1 < length) return null;
  const earliestIn = (wanted: number) =>
    dated.reduce(
      (min, { at_ms: at, period }) => (period === wanted ? Math.min(min, at) : min),
      Number.POSITIVE_INFINITY,
    );
  return { from_ms: earliestIn(first), reached_ms: earliestIn(first + length - 1), zone };
}

/**
 * Whether an award still rests on enough, after an action was refunded in part or whole. `actions` are the member's counted
 * actions of the type around the span, `count` is how many there are in all, and `place` the award's among those that stand, the first
 * being 1. `firstStands`: the very action that was first still counts.
 */
export function stillStands(
  test: AchievementTest,
  span: AwardSpan,
  facts: {
    readonly actions: readonly CountedAction[];
    readonly count: number;
    readonly place: number;
    readonly firstStands: boolean;
  },
): boolean {
  switch (test.kind) {
    case 'nth':
      return facts.count >= test.count * facts.place;
    case 'first':
      return test.within === 'program' ? facts.firstStands : facts.count > 0;
    case 'sum': {
      const within = facts.actions.filter(({ at_ms }) => at_ms >= span.from_ms && at_ms <= span.reached_ms);
      const sum = worthOf(within, test.at_least.unit).reduce((total, { minor }) => total + minor, 0n);
      return sum >= test.at_least.minor;
    }
    case 'streak': {
      const seen = new Set(facts.actions.map(({ at_ms }) => periodOf(at_ms, span.zone, test.by)));
      const first = periodOf(span.from_ms, span.zone, test.by);
      return Array.from({ length: test.length }, (_, index) => first + index).every((period) =>
        seen.has(period),
      );
    }
  }
}

export interface AchievementProgress {
  /** How far the member has come towards the next award, in what the test counts: actions, minor units, or periods. */
  readonly reached: bigint;
  readonly target: bigint;
  readonly unit: string;
}

/** How far a member has come at a moment; `facts.at_ms` is that moment. */
export function progressOf(
  { test, repeatable }: Pick<AchievementRule, 'test' | 'repeatable'>,
  facts: Omit<AchievementFacts, 'taken'>,
): AchievementProgress {
  const done = facts.awards.length > 0 && !repeatable;
  const since_ms = facts.awards.reduce(
    (latest, it) => Math.max(latest, it.reached_ms),
    Number.NEGATIVE_INFINITY,
  );
  switch (test.kind) {
    case 'nth': {
      const counted = done ? test.count : Math.max(0, facts.count - facts.awards.length * test.count);
      return { reached: BigInt(Math.min(counted, test.count)), target: BigInt(test.count), unit: 'actions' };
    }
    case 'first':
      return { reached: facts.awards.length > 0 ? 1n : 0n, target: 1n, unit: 'actions' };
    case 'sum': {
      const from_ms = Math.max(since_ms, facts.at_ms - test.days * DAY_MS);
      const recent = facts.actions.filter(({ at_ms }) => at_ms > from_ms && at_ms <= facts.at_ms);
      const sum = worthOf(recent, test.at_least.unit).reduce((total, { minor }) => total + minor, 0n);
      return {
        reached: done || sum > test.at_least.minor ? test.at_least.minor : sum,
        target: test.at_least.minor,
        unit: test.at_least.unit,
      };
    }
    case 'streak': {
      const since = Number.isFinite(since_ms)
        ? periodOf(since_ms, facts.zone, test.by)
        : Number.NEGATIVE_INFINITY;
      const periods = facts.actions
        .map(({ at_ms }) => periodOf(at_ms, facts.zone, test.by))
        .filter((period) => period > since);
      const run = done ? test.length : liveRun(periods, periodOf(facts.at_ms, facts.zone, test.by));
      return {
        reached: BigInt(Math.min(run, test.length)),
        target: BigInt(test.length),
        unit: `${test.by}s`,
      };
    }
  }
}
