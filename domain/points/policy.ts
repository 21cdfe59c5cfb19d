import type { Money, Rounding } from '../money.ts';
import type { Benefit } from '../rewards/rule.ts';

export type PointRecipient = 'actor' | 'referrer';

/** How many points one event brings: always as many, or by what it is worth. */
export type PointAward =
  | { readonly kind: 'fixed'; readonly points: number }
  /**
   * `points` for every `per` of the event's value, which must be in that unit, settled by the named rounding.
   */
  | {
      readonly kind: 'per_value';
      readonly points: number;
      readonly per: Money;
      readonly rounding: Rounding;
    };

/** A limit for one recipient of one rule: points or times within `period_days` (null: for ever). */
export interface PointCap {
  readonly points: number | null;
  readonly count: number | null;
  readonly period_days: number | null;
}

export interface PointRule {
  readonly id: string;
  /** An action's type, or `signup`. */
  readonly event: string;
  readonly recipient: PointRecipient;
  readonly award: PointAward;
  /** CEL over `event`, `referral`, `referrer`; null: always. */
  readonly condition: string | null;
  readonly cap: PointCap | null;
  /** Days from the event to the end of these points; null: never. */
  readonly expires_days: number | null;
}

/** Who has had at least `from` points in their life stands on this level, until the next one. */
export interface Level {
  readonly id: string;
  readonly name: string;
  readonly from: number;
}

export type AchievementTest =
  /** The member's nth action of the type. */
  | { readonly kind: 'nth'; readonly event: string; readonly count: number }
  /** Actions of the type that are worth `at_least` together within `days` times 24 hours. */
  | { readonly kind: 'sum'; readonly event: string; readonly at_least: Money; readonly days: number }
  /**
   * At least one action of the type on each of `length` days or ISO weeks in a row, in the member's time
   * zone.
   */
  | {
      readonly kind: 'streak';
      readonly event: string;
      readonly by: 'day' | 'week';
      readonly length: number;
    }
  /** The first action of the type: of the member's, or of all the program's. */
  | { readonly kind: 'first'; readonly event: string; readonly within: 'member' | 'program' };

export type AchievementBenefit =
  | { readonly kind: 'points'; readonly points: number }
  | { readonly kind: 'credit'; readonly amount: Money }
  | Extract<Benefit, { readonly kind: 'badge' | 'perk' }>;

export interface AchievementRule {
  readonly id: string;
  readonly name: string;
  readonly test: AchievementTest;
  readonly benefit: AchievementBenefit;
  /** Whether it may be earned again, by other actions than those that earned it before. */
  readonly repeatable: boolean;
}

/**
 * What a program's policy says about points; the version in force counts, whatever version a referral keeps.
 */
export interface PointsPolicy {
  /** `PTS`, or `PTS_` and a name. */
  readonly unit: string;
  readonly rules: readonly PointRule[];
  /** In rising order of their thresholds. */
  readonly levels: readonly Level[];
  readonly achievements: readonly AchievementRule[];
  /** The most points that may ever be granted, net of what was taken back; null: no limit. */
  readonly budget: number | null;
}

/** Whether anything in the section answers to events of this type. */
export function answersTo({ rules, achievements }: PointsPolicy, type: string): boolean {
  return rules.some(({ event }) => event === type) || achievements.some(({ test }) => test.event === type);
}
