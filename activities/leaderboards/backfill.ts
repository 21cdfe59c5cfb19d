import { MINUTE_MS } from '../../domain/time.ts';
import { setScores } from '../../engine/leaderboards/past.ts';
import { inTransaction } from '../../engine/transaction.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * Transactions end within 15 seconds. After this time no open transaction can still believe that the board
 * has no past.
 */
export const BACKFILL_SETTLES_MS = MINUTE_MS;

/** Members of one query, and the most of one run; the next run goes on. */
const PAGE = 200;
const MEMBERS_A_RUN = 20_000;

/** How many members were counted. */
export interface Backfilled {
  readonly backfilled: number;
}

/**
 * Counts the past of the boards that an operator asked it for: gives every member the score that the record
 * says, in windows that are open. A member's score is set as a whole under the lock that every change of it
 * takes. So a repeat, or a second run at the same time, sets what is there already. After a kill, the next
 * run goes on from the cursor.
 */
export async function backfillBoards(
  deps: ActivityDeps,
  { now_ms }: { readonly now_ms: number },
): Promise<Backfilled> {
  const dueAt = { lte: new Date(now_ms - BACKFILL_SETTLES_MS) };
  const boards = await deps.db.board.findMany({
    where: { backfillAt: dueAt, backfilledAt: null },
    orderBy: [{ backfillAt: 'asc' }, { id: 'asc' }],
    include: { program: { select: { timeZone: true } } },
  });
  let backfilled = 0;
  for (const { program, ...board } of boards) {
    let from = board.backfillCursor;
    while (backfilled < MEMBERS_A_RUN) {
      const members = await nextReferrers(deps, board.programId, from);
      for (const memberId of members) {
        await inTransaction(deps, (tx) => setScores(tx, board, program.timeZone, memberId));
      }
      backfilled += members.length;
      from = members.at(-1) ?? from;
      const isLastPage = members.length < PAGE;
      const where = { programId_id: { programId: board.programId, id: board.id } };
      const data = { backfillCursor: from, ...(isLastPage && { backfilledAt: new Date(now_ms) }) };
      await deps.db.board.update({ where, data });
      if (isLastPage) break;
    }
  }
  return { backfilled };
}

async function nextReferrers(
  { db }: ActivityDeps,
  programId: string,
  from: string | null,
): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT m.id::text FROM members m
    WHERE m.program_id = ${programId}::uuid AND (${from}::uuid IS NULL OR m.id > ${from}::uuid)
      AND EXISTS (
        SELECT 1 FROM referrals r
        WHERE r.program_id = m.program_id AND r.referrer_id = m.id AND r.qualified_at IS NOT NULL)
    ORDER BY m.id LIMIT ${PAGE}`;
  return rows.map(({ id }) => id);
}
