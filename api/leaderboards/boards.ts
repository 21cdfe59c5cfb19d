import { z } from 'zod';
import { BOARD_METRICS, BOARD_PERIODS } from '../../domain/leaderboards/standings.ts';
import { audit } from '../../engine/audit/record.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import { newId } from '../../platform/ids.ts';
import type { Board } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, moneyOf, name } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { lockBoard } from './lock.ts';

const BOARDS_MAX = 20;

const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])$/, 'must be 3 to 50 of a-z, 0-9 and inner hyphens');

const boardInput = z
  .strictObject({
    slug,
    name,
    metric: z.enum(BOARD_METRICS),
    /** Required for revenue, forbidden for every other metric. */
    unit: z.string().max(32).optional(),
    period: z.enum(BOARD_PERIODS),
  })
  .refine(({ metric, unit }) => (metric === 'revenue') === (unit !== undefined), {
    path: ['unit'],
    message: 'must be given for revenue, and for revenue alone',
  });

/** The procedures that make boards and list them. */
export const boardProcedures = {
  /** Makes a board. It counts what is decided from now on. */
  create: mutation('programs:write')
    .input(boardInput)
    .mutation(async ({ ctx, input }) => {
      const unit = input.unit === undefined ? null : moneyOf({ minor: '0', unit: input.unit }).unit;
      const { tx, programId, actor } = ctx;
      await lockProgramRow(tx, programId);
      if ((await tx.board.count({ where: { programId } })) >= BOARDS_MAX) {
        throw fail('conflict', `A program has at most ${BOARDS_MAX} leaderboards.`);
      }
      const data = [{ ...input, unit, programId, id: newId(), createdAt: new Date() }];
      const [board] = await tx.board.createManyAndReturn({ data, skipDuplicates: true });
      if (board === undefined) throw fail('slug_taken', 'A leaderboard of this program has this slug.');
      await audit(tx, { programId, actor, action: 'leaderboard.created', subject: board.id });
      return boardView(board);
    }),

  /**
   * Counts what was decided before the board was made, from the record: for every member, within some
   * minutes, in windows that are still open. A repeat changes nothing.
   */
  backfill: mutation('programs:write')
    .input(z.strictObject({ boardId: id }))
    .mutation(async ({ ctx, input: { boardId } }) => {
      const { tx, programId, actor } = ctx;
      const where = { programId_id: { programId, id: boardId } };
      await lockBoard(tx, programId, boardId);
      const before = await tx.board.findUniqueOrThrow({ where });
      if (before.metric === 'points') {
        throw fail(
          'backfill_impossible',
          'A board of points counts from its creation on: make it before its season.',
        );
      }
      if (before.backfillAt !== null) return boardView(before);
      const board = await tx.board.update({ where, data: { backfillAt: new Date() } });
      await audit(tx, { programId, actor, action: 'leaderboard.backfilled', subject: board.id });
      return boardView(board);
    }),

  /** Every board of the program. */
  list: query().query(async ({ ctx }) => {
    const rows = await ctx.services.db.board.findMany({
      where: { programId: ctx.programId },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return { items: rows.map(boardView) };
  }),
};

const boardView = (row: Board) => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  metric: row.metric,
  unit: row.unit,
  period: row.period,
  backfillAt: isoOrNull(row.backfillAt),
  backfilledAt: isoOrNull(row.backfilledAt),
  createdAt: iso(row.createdAt),
});
