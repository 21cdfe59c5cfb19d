import { ok, type Result, refuse } from '../refusal.ts';

export const BOARD_METRICS = ['qualified_referrals', 'revenue', 'points'] as const;
export const BOARD_PERIODS = ['all_time', 'month', 'week', 'season'] as const;

export type BoardMetric = (typeof BOARD_METRICS)[number];
export type BoardPeriod = (typeof BOARD_PERIODS)[number];

/** A member's place: of two, the one with the higher score is before; of equal scores, the one that was reached first. */
export interface Standing {
  readonly memberId: string;
  readonly score: bigint;
  readonly reached_at_ms: number;
}

/** Negative when `a` is ranked before `b`. The member's id, compared as its text, decides what score and time leave open. */
export function compareStandings(a: Standing, b: Standing): number {
  if (a.score !== b.score) return a.score > b.score ? -1 : 1;
  if (a.reached_at_ms !== b.reached_at_ms) return a.reached_at_ms - b.reached_at_ms;
  if (a.memberId === b.memberId) return 0;
  return a.memberId > b.memberId ? -1 : 1;
}

/** Who is ranked, best first: a score of nothing has no rank. */
export function rankAll(standings: readonly Standing[]): Standing[] {
  return standings.filter(({ score }) => score > 0n).sort(compareStandings);
}

/**
 * What a change makes of a score. A score is reached when the last event that counts for it happened, so that the order in which
 * events arrive decides nothing; after a loss, when that happened. It never falls below nothing.
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

/** Of 100 others on the board, how many are behind, to one decimal: 100 for the first, 0 for the last of many. */
export function percentileOf(rank: number, members: number): number {
  if (members <= 1) return 100;
  return Math.round(((members - rank) * 1_000) / (members - 1)) / 10;
}

/** How many ranks a member rose since the snapshot (positive) or fell; null without a rank then. */
export const trendOf = (rank_before: number | null, rank: number): number | null =>
  rank_before === null ? null : rank_before - rank;

export interface Season {
  readonly starts_at_ms: number;
  readonly ends_at_ms: number;
}

/** Both ends of a season must be in order, it may not have begun, and seasons of one board do not overlap: [start, end). */
export function checkSeason(season: Season, others: readonly Season[], now_ms: number): Result<Season> {
  if (season.ends_at_ms <= season.starts_at_ms)
    return refuse('season_ends_before_start', 'A season ends after it starts.');
  if (season.starts_at_ms < now_ms)
    return refuse('season_has_begun', 'A season counts from its start on, which must not have passed.');
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

/** Ranges run upwards and no rank wins twice. */
export function checkPrizes<P extends RankRange>(prizes: readonly P[]): Result<readonly P[]> {
  const inOrder = [...prizes].sort((a, b) => a.from_rank - b.from_rank);
  const isGood = inOrder.every(
    ({ from_rank, to_rank }, index) =>
      from_rank <= to_rank && from_rank > (index === 0 ? 0 : (inOrder[index - 1]?.to_rank ?? 0)),
  );
  if (!isGood)
    return refuse('prizes_overlap', 'Each prize has ranks of its own, from the better to the worse.');
  return ok(inOrder);
}

/** What a rank wins, if anything. */
export const prizeOf = <P extends RankRange>(prizes: readonly P[], rank: number): P | null =>
  prizes.find(({ from_rank, to_rank }) => from_rank <= rank && rank <= to_rank) ?? null;
