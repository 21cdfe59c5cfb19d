import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';

/** One ranking of one program. */
export interface WindowRef {
  readonly programId: string;
  readonly windowId: string;
}

/** Windows closed in one run; the next run goes on. */
const BATCH = 200;

/** Windows whose time and grace are over and that have something left to do, the oldest first. */
export async function dueWindows(
  { db }: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<WindowRef[]> {
  return await db.$queryRaw<WindowRef[]>`
    SELECT program_id::text AS "programId", id::text AS "windowId" FROM board_windows
    WHERE awarded_at IS NULL AND closes_at <= ${new Date(now_ms)} ORDER BY closes_at, id LIMIT ${BATCH}`;
}

/**
 * Closes a window for scores. Waits for every transaction that is scoring in it; a later score is late. A
 * repeat changes nothing. Returns whether this call closed the window.
 */
export function closeWindow(
  deps: ActivityDeps,
  { programId, windowId, now_ms }: WindowRef & { readonly now_ms: number },
): Promise<{ closed: boolean }> {
  return inTransaction(deps, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(board_lock_key(${windowId}::uuid))`;
    const rows = await tx.$executeRaw`
      UPDATE board_windows SET closed_at = ${new Date(now_ms)},
        -- A calendar window wins nobody anything, and its scores, which stay as they are, are its standings.
        awarded_at = CASE WHEN name IS NULL THEN ${new Date(now_ms)}::timestamptz END
      WHERE program_id = ${programId}::uuid AND id = ${windowId}::uuid
        AND closed_at IS NULL AND closes_at <= ${new Date(now_ms)}`;
    return { closed: rows > 0 };
  });
}
