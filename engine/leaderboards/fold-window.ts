import type { Database } from '../../prisma/client.ts';

/** Rebuilding reads a whole board; PostgreSQL orders a million rows of an index in a second or two. */
export const LONG_TRANSACTION = {
  isolationLevel: 'RepeatableRead',
  maxWait: 10_000,
  timeout: 60_000,
} as const;

/**
 * Folds the moves of a window into its counts. Returns how many; none while another call folds the window.
 */
export async function foldWindow(db: Database, windowId: string): Promise<number> {
  return await db.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<{ taken: number }[]>`SELECT board_fold(${windowId}::uuid) AS taken`;
    return row?.taken ?? 0;
  }, LONG_TRANSACTION);
}
