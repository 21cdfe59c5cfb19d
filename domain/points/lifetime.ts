import { decideLevelChange, type LevelChange } from './levels.ts';
import type { Level } from './policy.ts';

/** What a member was ever granted of a unit, less what was taken back, and the level that this reached. */
export interface LifetimePoints {
  readonly memberId: string;
  readonly unit: string;
  readonly lifetime_minor: bigint;
  /** The level last announced; null: below the first. */
  readonly levelId: string | null;
  /** How often the level has changed. */
  readonly level_changes: number;
}

/** Lifetime points by `lifetimeKey`; none: the member never had any of the unit. */
export type Lifetimes = ReadonlyMap<string, LifetimePoints>;

export const lifetimeKey = ({ memberId, unit }: Pick<LifetimePoints, 'memberId' | 'unit'>): string =>
  `${memberId}:${unit}`;

/** Which units have levels: the one of the policy in force, as one that it gave up has none any more. */
export interface Levelled {
  readonly unit: string | null;
  readonly levels: readonly Level[];
}

/** Points that a member gets, or loses again. */
interface Moved {
  readonly memberId: string;
  readonly unit: string;
  /** Below zero for points that are taken. */
  readonly amount_minor: bigint;
}

/** A change of a member's level, and what they have by then. */
export interface MemberLevelChange {
  readonly points: LifetimePoints;
  readonly change: LevelChange;
}

/** Lifetime points after some moves, and the changes of level that followed. */
export interface LifetimesMoved {
  readonly lifetimes: Lifetimes;
  readonly changes: readonly MemberLevelChange[];
}

/**
 * Adds what one event moved, which may be for several members. Lifetime points stay at 0 or above. A level is
 * tested once for all that the event moved of a member's points.
 */
export function moveLifetimes(
  before: Lifetimes,
  levelled: Levelled,
  moves: readonly Moved[],
): LifetimesMoved {
  const lifetimes = new Map(before);
  const changes: MemberLevelChange[] = [];
  for (const sum of sumsOf(moves)) {
    const key = lifetimeKey(sum);
    const added = addPoints(before.get(key) ?? noPoints(sum), sum.amount_minor);
    const change =
      sum.unit === levelled.unit
        ? decideLevelChange(levelled.levels, added.levelId, added.lifetime_minor)
        : null;
    const points = change === null ? added : onLevel(added, change.to);
    lifetimes.set(key, points);
    if (change !== null) changes.push({ points, change });
  }
  return { lifetimes, changes };
}

/** A member of whom a unit knows nothing. */
export const noPoints = ({ memberId, unit }: Pick<LifetimePoints, 'memberId' | 'unit'>): LifetimePoints => ({
  memberId,
  unit,
  lifetime_minor: 0n,
  levelId: null,
  level_changes: 0,
});

/** The same member with so many points more, or fewer. */
export function addPoints(points: LifetimePoints, by_minor: bigint): LifetimePoints {
  const sum_minor = points.lifetime_minor + by_minor;
  return { ...points, lifetime_minor: sum_minor > 0n ? sum_minor : 0n };
}

/** The same member on another level. */
export const onLevel = (points: LifetimePoints, levelId: string | null): LifetimePoints => ({
  ...points,
  levelId,
  level_changes: points.level_changes + 1,
});

/** What each member gets or loses in all, by member and unit, in one order. */
function sumsOf(moves: readonly Moved[]): Moved[] {
  const sums = new Map<string, Moved>();
  for (const { memberId, unit, amount_minor } of moves) {
    const key = lifetimeKey({ memberId, unit });
    sums.set(key, { memberId, unit, amount_minor: (sums.get(key)?.amount_minor ?? 0n) + amount_minor });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}
