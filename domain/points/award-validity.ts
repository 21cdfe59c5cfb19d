import { type AwardSpan, type CountedAction, reachOf, worthIn } from './achievements.ts';
import type { AchievementTest } from './policy.ts';
import { periodOf } from './streak.ts';

/** What an award is checked against after a refund. */
export interface AwardSupport {
  /**
   * The member's counted actions of the type around the award's span; empty where only their number matters.
   */
  readonly actions: readonly CountedAction[];
  /** How many there are in all. */
  readonly count: number;
  /** The award's place among the member's awards of the achievement that were not reversed, from 1. */
  readonly place: number;
  /** Whether the action that completed the award still counts. */
  readonly firstCounts: boolean;
}

/** Whether a refund of an action at that time may cost the award its ground. */
export function isInReach(test: AchievementTest, span: AwardSpan, at_ms: number): boolean {
  const reach_ms = reachOf(test);
  return reach_ms === 0 || (at_ms >= span.from_ms - reach_ms && at_ms <= span.reached_ms + reach_ms);
}

/** Whether an award still rests on enough, after an action was refunded in part or whole. */
export function isAwardValid(test: AchievementTest, span: AwardSpan, support: AwardSupport): boolean {
  switch (test.kind) {
    case 'nth':
      return support.count >= test.count * support.place;
    case 'first':
      return test.within === 'program' ? support.firstCounts : support.count > 0;
    case 'sum': {
      const within = support.actions.filter(({ at_ms }) => at_ms >= span.from_ms && at_ms <= span.reached_ms);
      return worthIn(within, test.at_least.unit) >= test.at_least.minor;
    }
    case 'streak': {
      const periods = new Set(support.actions.map(({ at_ms }) => periodOf(at_ms, span.zone, test.by)));
      const first = periodOf(span.from_ms, span.zone, test.by);
      return Array.from({ length: test.length }, (_, index) => first + index).every((it) => periods.has(it));
    }
  }
}
