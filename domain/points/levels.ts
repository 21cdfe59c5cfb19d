import type { Level } from './policy.ts';

/** The highest level that so many lifetime points reach, or null below the first. `levels` rise. */
export function levelAt(levels: readonly Level[], lifetime_minor: bigint): Level | null {
  return levels.filter(({ from }) => BigInt(from) <= lifetime_minor).at(-1) ?? null;
}

/** The level after that, or null on the highest. */
export function nextLevel(levels: readonly Level[], lifetime_minor: bigint): Level | null {
  return levels.find(({ from }) => BigInt(from) > lifetime_minor) ?? null;
}

export interface LevelChange {
  readonly kind: 'reached' | 'fell';
  readonly from: string | null;
  readonly to: string | null;
  /** Levels that the rise went past without a stop, lowest first. */
  readonly passed: readonly string[];
}

/**
 * How a member's level changes who stood on `before` (an id, or null) and now has so many lifetime points; null: not at all.
 * A level that the policy no longer has counts as below the first, so that whoever stood on it reaches anew what they have.
 */
export function levelChange(
  levels: readonly Level[],
  before: string | null,
  lifetime_minor: bigint,
): LevelChange | null {
  const to = levelAt(levels, lifetime_minor)?.id ?? null;
  if (to === before) return null;
  const placeOf = (id: string | null) => levels.findIndex((level) => level.id === id);
  const [was, is] = [placeOf(before), placeOf(to)];
  const kind = is > was ? 'reached' : 'fell';
  const passed = kind === 'reached' ? levels.slice(was + 1, is).map(({ id }) => id) : [];
  return { kind, from: before, to, passed };
}
