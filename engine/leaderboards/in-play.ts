import { ALL_TIME, monthOf, weekOf } from '../../domain/calendar.ts';
import type { BoardMetric, BoardPeriod } from '../../domain/leaderboards/standings.ts';
import { DAY_MS } from '../../domain/time.ts';
import { nameId } from '../../platform/ids.ts';

/** A leaderboard as the query of an event reads it. */
export interface BoardRow {
  readonly id: string;
  readonly metric: BoardMetric;
  readonly unit: string | null;
  readonly period: BoardPeriod;
  readonly since_ms: number | bigint;
  /** Seasons that may be concerned. */
  readonly seasons: readonly SeasonRow[];
}

interface SeasonRow {
  readonly id: string;
  readonly key: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly closes_at: string;
}

export interface BoardInPlay extends BoardRow {
  /** The program's. */
  readonly timeZone: string;
}

/** The boards of a program, each with its time zone; none for most programs. */
export const boardsOf = (rows: readonly BoardRow[] | null, timeZone: string): readonly BoardInPlay[] =>
  (rows ?? []).map((row) => ({ ...row, timeZone }));

/** A window to score in, as `board_score` takes it. */
export interface WindowRow {
  readonly id: string;
  readonly board: string;
  readonly key: string;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
  readonly closes_at: string | null;
}

/** Calendar windows stay open as long as anyone may still date an event back into them. */
export const CALENDAR_GRACE_MS = 2 * DAY_MS;

export const windowIdOf = (programId: string, boardId: string, key: string) =>
  nameId('board-window', programId, boardId, key);

/** The window of a calendar board that holds a moment. */
export function calendarWindow(
  programId: string,
  board: Pick<BoardInPlay, 'id' | 'period' | 'timeZone'>,
  at_ms: number,
): WindowRow {
  const { key, starts_at_ms, ends_at_ms } = boundsOf(board, at_ms);
  const iso = (time_ms: number | null) => (time_ms === null ? null : new Date(time_ms).toISOString());
  return {
    id: windowIdOf(programId, board.id, key),
    board: board.id,
    key,
    starts_at: iso(starts_at_ms),
    ends_at: iso(ends_at_ms),
    closes_at: iso(ends_at_ms === null ? null : ends_at_ms + CALENDAR_GRACE_MS),
  };
}

function boundsOf({ period, timeZone }: Pick<BoardInPlay, 'period' | 'timeZone'>, at_ms: number) {
  if (period === 'month') return monthOf(at_ms, timeZone);
  if (period === 'week') return weekOf(at_ms, timeZone);
  return ALL_TIME;
}

/** The windows of a board that hold a moment: one, or for seasons perhaps none. */
export function windowsAt(programId: string, board: BoardInPlay, at_ms: number): WindowRow[] {
  if (board.period !== 'season') return [calendarWindow(programId, board, at_ms)];
  return board.seasons
    .filter(({ starts_at, ends_at }) => Date.parse(starts_at) <= at_ms && at_ms < Date.parse(ends_at))
    .map((season) => ({ ...season, board: board.id }));
}
