import type { Services } from '../context.ts';
import { wholePage } from '../trpc/cursor.ts';
import { meOf, readAround, readMembers } from './read.ts';
import { currentWindow } from './window.ts';

/**
 * A member's rank on each of the program's leaderboards, in the ranking that is now. `me` is null where the
 * member has no score, and `window` too on a leaderboard of seasons while none is under way.
 */
export async function readRanks(
  { db, now }: Pick<Services, 'db' | 'now'>,
  programId: string,
  memberId: string,
) {
  const boards = await db.board.findMany({
    where: { programId },
    include: { program: { select: { timeZone: true } } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  const ranks = [];
  // One after the other, and at most 20: one member's page must not take every connection.
  for (const board of boards) {
    const { id: boardId, slug, name, metric, unit, period } = board;
    const chosen = await currentWindow(db, board, now());
    const members = chosen === null ? 0 : await readMembers(db, chosen);
    const [row] = chosen === null ? [] : await readAround(db, chosen, memberId, 0);
    const me = row === undefined ? null : meOf(row, members);
    ranks.push({ boardId, slug, name, metric, unit, period, window: chosen?.key ?? null, members, me });
  }
  return wholePage(ranks);
}
