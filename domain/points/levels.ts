import type { Level } from './policy.ts';

/**
 * The highest level that so many lifetime points reach, or null below the first. `levels` are in rising
 * order.
 */
export function levelAt(levels: readonly Level[], lifetime_minor: bigint): Level | null {
  return levels.filter(({ from }) => BigInt(from) <= lifetime_minor).at(-1) ?? null;
}

/** The lowest level above so many lifetime points, or null on the highest. */
export function nextLevel(levels: readonly Level[], lifetime_minor: bigint): Level | null {
  return levels.find(({ from }) => BigInt(from) > lifetime_minor) ?? null;
}

/** A member's move to another level, with the ids of both; null: below the first. */
export interface LevelChange {
  readonly kind: 'reached' | 'fell';
  readonly from: string | null;
  readonly to: string | null;
  /** Levels that the rise skipped, lowest first. */
  readonly passed: readonly string[];
}

/**
 * How the level of a member changes who was on `before` (an id, or null for none) and now has so many
 * lifetime points; null: it stays. A level that the policy lacks counts as below the first, so that a member
 * who was on it reaches anew what they have.
 */
export function decideLevelChange(
  levels: readonly Level[],
  before: string | null,
  lifetime_minor: bigint,
): LevelChange | null {
  const to = levelAt(levels, lifetime_minor)?.id ?? null;
  if (to === before) return null;
  const placeOf = (id: string | null) => levels.findIndex((level) => level.id === id);
  const [oldPlace, newPlace] = [placeOf(before), placeOf(to)];
  const kind = newPlace > oldPlace ? 'reached' : 'fell';
  const passed = kind === 'reached' ? levels.slice(oldPlace + 1, newPlace).map(({ id }) => id) : [];
  return { kind, from: before, to, passed };
}
