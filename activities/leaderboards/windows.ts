import { DAY_MS } from '../../domain/time.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { ActivityDeps } from '../deps.ts';

/** One ranking of one program. */
export interface WindowRef {
  readonly programId: string;
  readonly windowId: string;
}

/** Windows closed in one run; the next run goes on. */
const BATCH = 200;
/** How long a window stays open for events that have come and are still to be decided. */
const DECIDED_WITHIN_MS = DAY_MS;

/** Windows whose time and grace are over and that have something left to do, the oldest first. */
export async function dueWindows(
  { db }: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<WindowRef[]> {
  return await db.$queryRaw<WindowRef[]>`
    SELECT program_id::text AS "programId", id::text AS "windowId" FROM board_windows
    WHERE awarded_at IS NULL AND closes_at <= ${new Date(now_ms)} ORDER BY closes_at, id LIMIT ${BATCH}`;
}

type WindowStep = WindowRef & { readonly now_ms: number };

/**
 * Closes a window for scores, once everything of its time that came before the close is decided, or a day
 * after: how busy the engine is decides no season. Waits for every transaction that is scoring in it; a later
 * score is late. A repeat changes nothing. Returns whether this call closed the window.
 */
export function closeWindow(
  deps: ActivityDeps,
  { programId, windowId, now_ms }: WindowStep,
): Promise<{ closed: boolean }> {
  return inTransaction(deps, async (tx) => {
    if (await hasUndecided(tx, { programId, windowId, now_ms })) return { closed: false };
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

/**
 * Whether an event that may score in the window came before its close and is due to be decided. What it hands
 * to its member's workflow comes later, and belongs to it.
 */
async function hasUndecided(tx: Tx, { programId, windowId, now_ms }: WindowStep): Promise<boolean> {
  const [asked] = await tx.$queryRaw<{ undecided: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM events e
      WHERE e.program_id = w.program_id AND e.occurred_at < w.ends_at
        AND e.state IN ('pending', 'waiting', 'delivered') AND (e.state <> 'waiting' OR e.due_at <= now())
        AND (e.received_at < w.closes_at OR e.key LIKE 'acted:%')
    ) AS undecided
    FROM board_windows w
    WHERE w.program_id = ${programId}::uuid AND w.id = ${windowId}::uuid
      AND w.closes_at > ${new Date(now_ms - DECIDED_WITHIN_MS)}`;
  return asked?.undecided ?? false;
}
