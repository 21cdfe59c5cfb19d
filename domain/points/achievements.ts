import type { Money } from '../money.ts';
import { type FixedRate, valueIn } from '../rates/convert.ts';
import { DAY_MS } from '../time.ts';
import type { AchievementTest } from './policy.ts';
import { periodOf } from './streak.ts';

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

/** Whether only one member of the program can have it. */
export const isSole = (test: AchievementTest): boolean => test.kind === 'first' && test.within === 'program';

/** When the latest of the awards was reached, in milliseconds since 1970; minus infinity without any. */
export const latestAward = (awards: readonly AwardSpan[]): number =>
  awards.reduce((latest, { reached_ms }) => Math.max(latest, reached_ms), Number.NEGATIVE_INFINITY);

/** What each of the actions is worth in one unit, in minor units; without those of which it is not known. */
export function amountsIn<A extends CountedAction>(actions: readonly A[], unit: string) {
  return actions.flatMap((action) => {
    const { value, rates = [] } = action;
    const counted = value === null ? null : valueIn(value, rates, unit);
    return counted === null ? [] : [{ action, minor: counted.minor }];
  });
}

/** What the actions are worth together in one unit, in minor units. */
export const worthIn = (actions: readonly CountedAction[], unit: string): bigint =>
  amountsIn(actions, unit).reduce((sum_minor, { minor }) => sum_minor + minor, 0n);

/**
 * The period of the latest award, after which actions count for the next one; minus infinity without an
 * award.
 */
export const periodOfAward = (since_ms: number, zone: string, by: 'day' | 'week'): number =>
  Number.isFinite(since_ms) ? periodOf(since_ms, zone, by) : Number.NEGATIVE_INFINITY;
