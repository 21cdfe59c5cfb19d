import { type BoardInPlay, type BoardRow, boardsOf } from '../../engine/leaderboards/in-play.ts';
import type { Tx } from '../../prisma/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/**
 * SQL for a program's boards as JSON, each with the seasons that hold one of the moments. Both are SQL: the
 * program's id, and an array of times.
 */
export const boardsIn = (programId: Prisma.Sql, moments: Prisma.Sql) => Prisma.sql`
  SELECT jsonb_agg(jsonb_build_object('id', b.id, 'metric', b.metric, 'unit', b.unit, 'period', b.period,
    'since_ms', board_since_ms(b), 'seasons', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', w.id, 'key', w.key, 'starts_at', w.starts_at, 'ends_at', w.ends_at,
        'closes_at', w.closes_at)), '[]')
      FROM board_windows w
      WHERE b.period = 'season' AND w.program_id = b.program_id AND w.board_id = b.id
        AND EXISTS (SELECT 1 FROM unnest(${moments}) AS moment
                    WHERE w.starts_at <= moment AND moment < w.ends_at))))
  FROM boards b WHERE b.program_id = ${programId}`;

/** The program's boards, with the seasons that hold a moment. */
export async function boardsAt(tx: Tx, programId: string, at_ms: number): Promise<readonly BoardInPlay[]> {
  const moments = Prisma.sql`ARRAY[${new Date(at_ms)}::timestamptz]`;
  const [row] = await tx.$queryRaw<{ timeZone: string; boards: BoardRow[] | null }[]>`
    SELECT p.time_zone AS "timeZone", (${boardsIn(Prisma.sql`p.id`, moments)}) AS boards
    FROM programs p WHERE p.id = ${programId}::uuid`;
  if (row === undefined) throw new Error(`program ${programId} does not exist`);
  return boardsOf(row.boards, row.timeZone);
}
