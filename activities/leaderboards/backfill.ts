import { MINUTE_MS } from '../../domain/time.ts';
import { type BoardInPlay, type WindowRow, windowsAt } from '../../engine/leaderboards/in-play.ts';
import { countedBy, recordedParts } from '../../engine/leaderboards/record.ts';
import { lockMembers } from '../../engine/members/lock.ts';
import { inTransaction } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Board } from '../../prisma/generated/client.ts';
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

interface Sum {
  readonly window: WindowRow;
  readonly score: bigint;
  readonly at_ms: number;
}

async function setScores(tx: Tx, board: Board, timeZone: string, memberId: string): Promise<void> {
  const { programId } = board;
  await lockMembers(tx, programId, [memberId]);
  const sums = await sumsOf(tx, board, timeZone, memberId);
  if (sums.length === 0) return;
  const windows = await tx.$queryRaw<{ id: string; closed: boolean; score: bigint | null }[]>`
    SELECT w.id::text, w.closed_at IS NOT NULL AS closed, s.score
    FROM board_windows w
    LEFT JOIN board_scores s
      ON s.program_id = w.program_id AND s.window_id = w.id AND s.member_id = ${memberId}::uuid
    WHERE w.program_id = ${programId}::uuid AND w.board_id = ${board.id}::uuid`;
  const changes = sums
    .map(({ window, score, at_ms }) => {
      const before = windows.find(({ id }) => id === window.id);
      return { ...window, by: before?.closed ? 0n : score - (before?.score ?? 0n), at_ms };
    })
    .filter(({ by }) => by !== 0n);
  if (changes.length === 0) return;
  await tx.$executeRaw`
    SELECT board_score(${programId}::uuid, ${memberId}::uuid, ${toJsonText(changes)}::jsonb)`;
}

/** What a member has in each window of a board, by the record. */
async function sumsOf(tx: Tx, board: Board, timeZone: string, memberId: string): Promise<Sum[]> {
  const { programId } = board;
  const seasons = board.period === 'season' ? await seasonsOf(tx, board) : [];
  const inPlay: BoardInPlay = { ...board, timeZone, since_ms: 0, seasons };
  const sums = new Map<string, Sum>();
  for (const part of await recordedParts(tx, programId, memberId)) {
    for (const window of windowsAt(programId, inPlay, part.earnedAt.getTime())) {
      const { score = 0n, at_ms = 0 } = sums.get(window.id) ?? {};
      const changed_at_ms = Math.max(at_ms, part.changedAt.getTime());
      sums.set(window.id, { window, score: score + countedBy(board, part), at_ms: changed_at_ms });
    }
  }
  return [...sums.values()];
}

async function seasonsOf(tx: Tx, { programId, id: boardId }: Board) {
  const rows = await tx.boardWindow.findMany({ where: { programId, boardId, name: { not: null } } });
  return rows.map(({ id, key, startsAt, endsAt, closesAt }) => ({
    id,
    key,
    starts_at: startsAt?.toISOString() ?? '',
    ends_at: endsAt?.toISOString() ?? '',
    closes_at: closesAt?.toISOString() ?? '',
  }));
}
