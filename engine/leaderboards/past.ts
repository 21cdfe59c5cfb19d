import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Board } from '../../prisma/generated/client.ts';
import { lockMembers } from '../members/lock.ts';
import { type BoardInPlay, type WindowRow, windowsAt } from './in-play.ts';
import { countedBy, recordedParts } from './record.ts';

interface Sum {
  readonly window: WindowRow;
  readonly score: bigint;
  readonly at_ms: number;
}

/**
 * Gives a member the score that the record says, in the windows of a board that are open. Locks the member,
 * as each change of a score does.
 */
export async function setScores(tx: Tx, board: Board, timeZone: string, memberId: string): Promise<void> {
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
