import { foldWindow, LONG_TRANSACTION } from '../../engine/leaderboards/fold-window.ts';
import { transact } from '../../prisma/transact.ts';
import type { ActivityDeps } from '../deps.ts';

/** Blocks hold 256 to 512 members; when they are four times as many as needed, most of them are nearly empty. */
const SPARSE = 4;

/** Counts all that is not counted yet, and makes those blocks anew that have run empty. A repeat finds nothing to do. */
export async function foldBoards({ db }: ActivityDeps): Promise<{ folded: number; rebuilt: number }> {
  const moved = await db.$queryRaw<{ window_id: string }[]>`
    SELECT DISTINCT window_id::text FROM board_moves ORDER BY 1`;
  let folded = 0;
  for (const { window_id } of moved) folded += await foldWindow(db, window_id);
  const sparse = await db.$queryRaw<{ window_id: string }[]>`
    SELECT window_id::text FROM board_blocks
    GROUP BY window_id HAVING count(*) > 16 AND count(*) > ${SPARSE} * (sum(members) / 256 + 1)`;
  for (const { window_id } of sparse) {
    await transact(db, (tx) => tx.$executeRaw`SELECT board_rebuild(${window_id}::uuid)`, LONG_TRANSACTION);
  }
  return { folded, rebuilt: sparse.length };
}
