import { HOUR_MS } from '../../domain/time.ts';
import type { ActivityDeps } from '../deps.ts';

/** Ranks that a snapshot holds for each window; who is further down has no trend. */
export const SNAPSHOT_DEPTH = 100_000;

/** A snapshot a day; an hour's slack keeps the schedule's jitter from skipping one. */
const SNAPSHOT_EVERY_MS = 23 * HOUR_MS;
const SNAPSHOT_TIMEOUT_MS = 60_000;

/**
 * Stores the ranks of every open window that has no snapshot or whose last snapshot is a day old. Trends
 * compare with the last snapshot only, so a day that was missed stays missed. Returns the number of windows.
 * A repeat on the same day finds none.
 */
export async function snapshotStandings(
  { db }: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<{ snapshots: number }> {
  const now = new Date(now_ms);
  const before = new Date(now_ms - SNAPSHOT_EVERY_MS);
  const due = await db.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM board_windows
    WHERE closed_at IS NULL AND (snapshot_at IS NULL OR snapshot_at <= ${before})
      AND (starts_at IS NULL OR starts_at <= ${now})
    ORDER BY id`;
  for (const { id } of due) {
    await db.$transaction(
      async (tx) => {
        const claimed = await tx.$executeRaw`
          UPDATE board_windows SET snapshot_at = ${now} WHERE id = ${id}::uuid AND closed_at IS NULL
            AND (snapshot_at IS NULL OR snapshot_at <= ${before})`;
        if (claimed === 0) return;
        await tx.$executeRaw`
          INSERT INTO board_trends (window_id, member_id, rank, taken_at)
          SELECT window_id, member_id,
            row_number() OVER (ORDER BY score DESC, earliness DESC, member_id DESC), ${now}::timestamptz
          FROM (SELECT * FROM board_scores WHERE window_id = ${id}::uuid AND score > 0
                ORDER BY score DESC, earliness DESC, member_id DESC LIMIT ${SNAPSHOT_DEPTH}) best
          ON CONFLICT (window_id, member_id)
            DO UPDATE SET rank = excluded.rank, taken_at = excluded.taken_at`;
        await tx.$executeRaw`
          DELETE FROM board_trends WHERE window_id = ${id}::uuid AND taken_at <> ${now}`;
      },
      { maxWait: 10_000, timeout: SNAPSHOT_TIMEOUT_MS },
    );
  }
  return { snapshots: due.length };
}
