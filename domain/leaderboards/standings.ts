import { ok, type Result, refuse } from '../refusal.ts';

export const BOARD_METRICS = ['qualified_referrals', 'revenue', 'points'] as const;
export const BOARD_PERIODS = ['all_time', 'month', 'week', 'season'] as const;

export type BoardMetric = (typeof BOARD_METRICS)[number];
export type BoardPeriod = (typeof BOARD_PERIODS)[number];

/**
 * A member's place on a board. The higher score ranks before; of equal scores, the one that was reached
 * first.
 */
export interface Standing {
  readonly memberId: string;
  readonly score: bigint;
  readonly reached_at_ms: number;
}

/** Negative when `a` ranks before `b`. Where score and time are equal, the member's id as text decides. */
export function compareStandings(a: Standing, b: Standing): number {
  if (a.score !== b.score) return a.score > b.score ? -1 : 1;
  if (a.reached_at_ms !== b.reached_at_ms) return a.reached_at_ms - b.reached_at_ms;
  if (a.memberId === b.memberId) return 0;
  return a.memberId > b.memberId ? -1 : 1;
}

/** The members with a rank, best first. A score of zero has none. */
export function rankAll(standings: readonly Standing[]): Standing[] {
  return standings.filter(({ score }) => score > 0n).sort(compareStandings);
}

/**
 * What a change makes of a score, which never falls below zero. A score is reached when the last event
 * happened that counts for it, a loss too, so that the order in which events arrive decides nothing.
 */
export function applyChange(
  before: Pick<Standing, 'score' | 'reached_at_ms'> | null,
  by: bigint,
  at_ms: number,
): Pick<Standing, 'score' | 'reached_at_ms'> {
  const sum = (before?.score ?? 0n) + by;
  return {
    score: sum > 0n ? sum : 0n,
    reached_at_ms: before === null ? at_ms : Math.max(before.reached_at_ms, at_ms),
  };
}

/**
 * How many of 100 others on the board rank behind, to one decimal: 100 for the first, 0 for the last of many.
 */
export function percentileOf(rank: number, members: number): number {
  if (members <= 1) return 100;
  return Math.round(((members - rank) * 1_000) / (members - 1)) / 10;
}

/** How many ranks a member rose since the snapshot, or fell when negative; null without a rank in it. */
export const trendOf = (rank_before: number | null, rank: number): number | null =>
  rank_before === null ? null : rank_before - rank;

export interface Season {
  readonly starts_at_ms: number;
  readonly ends_at_ms: number;
}

/**
 * Checks a new season: it ends after it starts, has not begun, and overlaps no other of its board, as [start,
 * end). Refusals: `season_ends_before_start`, `season_has_begun`, `season_overlaps`.
 */
export function checkSeason(season: Season, others: readonly Season[], now_ms: number): Result<Season> {
  if (season.ends_at_ms <= season.starts_at_ms) {
    return refuse('season_ends_before_start', 'A season ends after it starts.');
  }
  if (season.starts_at_ms < now_ms) {
    return refuse('season_has_begun', 'A season counts from its start on, which must not have passed.');
  }
  const overlaps = others.some(
    (other) => season.starts_at_ms < other.ends_at_ms && other.starts_at_ms < season.ends_at_ms,
  );
  return overlaps ? refuse('season_overlaps', 'Another season of this board is under way then.') : ok(season);
}

/** The ranks from `from_rank` to `to_rank`, both included, win the same. */
export interface RankRange {
  readonly from_rank: number;
  readonly to_rank: number;
}

/**
 * Sorts prizes by rank. Refuses with `prizes_overlap` for a range that runs backwards, or a rank that wins
 * twice.
 */
export function checkPrizes<P extends RankRange>(prizes: readonly P[]): Result<readonly P[]> {
  const inOrder = [...prizes].sort((a, b) => a.from_rank - b.from_rank);
  const isGood = inOrder.every(
    ({ from_rank, to_rank }, index) =>
      from_rank <= to_rank && from_rank > (index === 0 ? 0 : (inOrder[index - 1]?.to_rank ?? 0)),
  );
  if (!isGood) {
    return refuse('prizes_overlap', 'Each prize has ranks of its own, from the better to the worse.');
  }
  return ok(inOrder);
}

/** What a rank wins, if anything. */
export const prizeOf = <P extends RankRange>(prizes: readonly P[], rank: number): P | null =>
  prizes.find(({ from_rank, to_rank }) => from_rank <= rank && rank <= to_rank) ?? null;
