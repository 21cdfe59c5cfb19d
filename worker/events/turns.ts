import { Prisma } from '../../prisma/generated/client.ts';

/** What one program has under decision. */
export interface UnderWay {
  readonly programId: string;
  /** Of its bulk. */
  readonly bulk: number;
  /** Of what somebody waits for. */
  readonly awaited: number;
}

export interface Room {
  /** How many more may be handed over, by turns. */
  readonly room: number;
  readonly underWay: readonly UnderWay[];
}

/**
 * How much of what somebody waits for a program may have under decision whoever else waits. What is beyond
 * takes turns with bulk.
 */
const AWAITED_MAX = 8;

/** Events of one subject that go together, and of one member’s workflow. */
export const TOGETHER_MAX = 200;

/** A program that has no more than this in all, due and under decision, has no bulk. */
const FEW = 4;

const OPEN = Prisma.sql`state IN ('pending', 'waiting', 'delivered')`;

/**
 * The common table expression `due`, of a `WITH RECURSIVE`: whose turn it is. Each program counts its own
 * events, after those that it has under decision: what somebody waits for, then bulk, the longest due first.
 * Every program's first goes before any program's second. Beyond the room go only what belongs to a program
 * with few events, the first event of a program that has none under decision, and a few that somebody waits
 * for. `early` says that an event is not one of many. It reads a program's first events by an index, however
 * many wait behind them.
 */
export const dueByTurns = ({ room, underWay }: Room) => Prisma.sql`
    open_programs AS (
      SELECT rank, (SELECT e.program_id FROM events e WHERE ${OPEN} AND event_rank(e.type, e.awaited) = rank
                    ORDER BY e.program_id LIMIT 1) AS program_id
      FROM (VALUES (0), (1)) AS ranks(rank)
      UNION ALL
      SELECT o.rank, (SELECT e.program_id FROM events e WHERE ${OPEN}
                        AND event_rank(e.type, e.awaited) = o.rank AND e.program_id > o.program_id
                      ORDER BY e.program_id LIMIT 1)
      FROM open_programs o WHERE o.program_id IS NOT NULL
    ), under_way AS (
      SELECT "programId" AS program_id, bulk, awaited
      FROM jsonb_to_recordset(${JSON.stringify(underWay)}::jsonb) AS u(
        "programId" uuid, bulk int, awaited int)
    ), counted AS (
      SELECT p.program_id, p.rank, d.*,
             coalesce(u.bulk + u.awaited, 0) + row_number() OVER (
               PARTITION BY p.program_id ORDER BY p.rank, d.due_at) AS turn,
             coalesce(u.bulk + u.awaited, 0) + count(*) OVER (PARTITION BY p.program_id) <= ${FEW} AS few,
             p.rank = 0 AND coalesce(u.awaited, 0) + row_number() OVER (
               PARTITION BY p.program_id, p.rank ORDER BY d.due_at) <= ${AWAITED_MAX} AS first
      FROM open_programs p LEFT JOIN under_way u ON u.program_id = p.program_id
      CROSS JOIN LATERAL (
        SELECT id, state, due_at FROM events
        WHERE ${OPEN} AND event_rank(type, awaited) = p.rank AND program_id = p.program_id AND due_at <= now()
        ORDER BY due_at LIMIT ${Math.max(room, AWAITED_MAX)}) d
      WHERE p.program_id IS NOT NULL
    ), placed AS (
      SELECT program_id, id, state, due_at, rank, first OR few OR turn = 1 AS beyond, first OR few AS early,
             row_number() OVER (ORDER BY first DESC, turn, rank, due_at) AS place
      FROM counted
    ), due AS (
      SELECT e.program_id, e.id, e.subject, e.workflow_id, w.early, w.rank = 1 AS bulk
      FROM placed w JOIN events e ON e.program_id = w.program_id AND e.id = w.id
      -- Another pump that took it meanwhile has moved it.
      WHERE (w.beyond OR w.place <= ${room}) AND e.state = w.state AND e.due_at = w.due_at
      FOR UPDATE OF e SKIP LOCKED
    )`;
