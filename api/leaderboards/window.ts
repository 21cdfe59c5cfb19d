import { z } from 'zod';
import { refuse } from '../../domain/refusal.ts';
import { calendarWindow, windowIdOf } from '../../engine/leaderboards/in-play.ts';
import type { Database } from '../../prisma/client.ts';
import type { Board } from '../../prisma/generated/client.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { id } from '../trpc/schemas.ts';
import type { RankingRef } from './read.ts';

/** The input that names a window. */
export const windowChoice = {
  boardId: id,
  window: z
    .string()
    .max(10)
    .optional()
    .meta({
      description:
        'The key of a calendar window, such as `all`, `2026-01` or `2026-W05`; left out: the current one.',
      examples: ['2026-01'],
    }),
  seasonId: id
    .optional()
    .meta({ description: 'Of a board of seasons alone; left out: the season that is under way.' }),
};

export interface WindowChoice {
  readonly boardId: string;
  /** A calendar window's key; left out: the one that is now. */
  readonly window?: string | undefined;
  /** Left out on a board of seasons: the one that is under way. */
  readonly seasonId?: string | undefined;
}

/** A board's ranking that the caller means. */
export interface ChosenWindow extends RankingRef {
  readonly key: string;
  readonly board: Board;
}

const KEYS = { all_time: /^all$/, month: /^\d{4}-\d{2}$/, week: /^\d{4}-W\d{2}$/ } as const;

/** Finds the board and names the window. Throws `not_found` or `window_unknown`. */
export async function chooseWindow(
  db: Database,
  programId: string,
  { boardId, window, seasonId }: WindowChoice,
  now_ms: number,
): Promise<ChosenWindow> {
  const board = await db.board.findUnique({
    where: { programId_id: { programId, id: boardId } },
    include: { program: { select: { timeZone: true } } },
  });
  if (board === null) throw notFound('leaderboard');
  const { period } = board;
  if (period === 'season') return { ...(await chooseSeason(db, board, seasonId, now_ms)), programId, board };
  const { timeZone } = board.program;
  const key = window ?? calendarWindow(programId, { id: boardId, period, timeZone }, now_ms).key;
  if (seasonId !== undefined || !KEYS[period].test(key)) unwrap(unknownWindow());
  return { programId, board, key, windowId: windowIdOf(programId, boardId, key) };
}

async function chooseSeason(
  db: Database,
  { programId, id: boardId }: Board,
  seasonId: string | undefined,
  now_ms: number,
): Promise<{ windowId: string; key: string }> {
  const now = new Date(now_ms);
  const season = await db.boardWindow.findFirst({
    where: {
      programId,
      boardId,
      ...(seasonId === undefined ? { startsAt: { lte: now }, endsAt: { gt: now } } : { id: seasonId }),
    },
    select: { id: true, key: true },
  });
  if (season !== null) return { windowId: season.id, key: season.key };
  if (seasonId !== undefined) throw notFound('season');
  return unwrap(unknownWindow());
}

const unknownWindow = () => refuse('window_unknown', 'The leaderboard has no such window now.');
