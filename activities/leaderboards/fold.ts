import { foldWindow, LONG_TRANSACTION } from '../../engine/leaderboards/fold-window.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * Blocks hold 256 to 512 members. A board with four times as many blocks as it needs has mostly empty blocks.
 */
const SPARSE = 4;

/**
 * Counts every score that is not counted yet, and rebuilds blocks that have become empty. A repeat finds
 * nothing to do.
 */
export async function foldBoards({ db }: ActivityDeps): Promise<{ folded: number; rebuilt: number }> {
  const unfolded = await db.$queryRaw<{ windowId: string }[]>`
    SELECT DISTINCT window_id::text AS "windowId" FROM board_moves ORDER BY 1`;
  let folded = 0;
  for (const { windowId } of unfolded) folded += await foldWindow(db, windowId);
  const sparse = await db.$queryRaw<{ windowId: string }[]>`
    SELECT window_id::text AS "windowId" FROM board_blocks
    GROUP BY window_id HAVING count(*) > 16 AND count(*) > ${SPARSE} * (sum(members) / 256 + 1)`;
  for (const { windowId } of sparse) {
    await db.$transaction((tx) => tx.$executeRaw`SELECT board_rebuild(${windowId}::uuid)`, LONG_TRANSACTION);
  }
  return { folded, rebuilt: sparse.length };
}
