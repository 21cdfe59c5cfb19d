import { z } from 'zod';
import { refuse } from '../../domain/refusal.ts';
import { calendarWindow, windowIdOf } from '../../engine/leaderboards/in-play.ts';
import type { Database } from '../../prisma/client.ts';
import type { Board, Prisma } from '../../prisma/generated/client.ts';
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
  if (period === 'season' && seasonId !== undefined) {
    const season = await findSeason(db, board, { id: seasonId });
    if (season === null) throw notFound('season');
    return season;
  }
  if (period === 'season' || (window === undefined && seasonId === undefined)) {
    return (await currentWindow(db, board, now_ms)) ?? unwrap(unknownWindow());
  }
  if (window === undefined || seasonId !== undefined || !KEYS[period].test(window)) {
    return unwrap(unknownWindow());
  }
  return { programId, board, key: window, windowId: windowIdOf(programId, boardId, window) };
}

/** A board with the time zone of its program, which says where its windows begin. */
type ZonedBoard = Board & { readonly program: { readonly timeZone: string } };

/** The window of a board that is now; null: it has seasons, and none is under way. */
export async function currentWindow(
  db: Database,
  board: ZonedBoard,
  now_ms: number,
): Promise<ChosenWindow | null> {
  const { programId, id, period, program } = board;
  const now = new Date(now_ms);
  if (period === 'season') {
    return await findSeason(db, board, { startsAt: { lte: now }, endsAt: { gt: now } });
  }
  const { key } = calendarWindow(programId, { id, period, timeZone: program.timeZone }, now_ms);
  return { programId, board, key, windowId: windowIdOf(programId, id, key) };
}

async function findSeason(
  db: Database,
  board: Board,
  which: Prisma.BoardWindowWhereInput,
): Promise<ChosenWindow | null> {
  const { programId, id: boardId } = board;
  const where = { ...which, programId, boardId };
  const season = await db.boardWindow.findFirst({ where, select: { id: true, key: true } });
  return season === null ? null : { programId, board, key: season.key, windowId: season.id };
}

const unknownWindow = () => refuse('window_unknown', 'The leaderboard has no such window now.');
