import type { Tx } from '../../prisma/client.ts';
import type { Board } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';

/** Locks a board until the end of the transaction. Returns over what it ranks; throws `not_found`. */
export async function lockBoard(tx: Tx, programId: string, boardId: string): Promise<Pick<Board, 'period'>> {
  const [board] = await tx.$queryRaw<Pick<Board, 'period'>[]>`
    SELECT period::text FROM boards
    WHERE program_id = ${programId}::uuid AND id = ${boardId}::uuid FOR NO KEY UPDATE`;
  if (board === undefined) throw notFound('leaderboard');
  return board;
}
