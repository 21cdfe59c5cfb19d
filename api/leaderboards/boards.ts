import { z } from 'zod';
import { BOARD_METRICS, BOARD_PERIODS } from '../../domain/leaderboards/standings.ts';
import { audit } from '../../engine/audit/record.ts';
import { lockProgramRow } from '../../engine/programs/lock.ts';
import { newId } from '../../platform/ids.ts';
import type { Board } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';
import { wholePage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, moneyOf, name } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { lockBoard } from './lock.ts';
import { boardAnswer, boardListAnswer } from './schema.ts';

const BOARDS_MAX = 20;

const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])$/, 'must be 3 to 50 of a-z, 0-9 and inner hyphens');

const boardInput = z
  .strictObject({
    slug: slug.meta({ description: 'Unique in the program.', examples: ['top-referrers'] }),
    name: name.meta({ examples: ['Top referrers'] }),
    metric: z.enum(BOARD_METRICS).meta({ description: 'What the board counts.' }),
    unit: z
      .string()
      .max(32)
      .optional()
      .meta({ description: 'Required for revenue, forbidden for every other metric.', examples: ['USD'] }),
    period: z.enum(BOARD_PERIODS).meta({ description: 'How long one ranking lasts.', examples: ['month'] }),
  })
  .refine(({ metric, unit }) => (metric === 'revenue') === (unit !== undefined), {
    path: ['unit'],
    message: 'must be given for revenue, and for revenue alone',
  });

/** The procedures that make boards and list them. */
export const boardProcedures = {
  create: mutation()
    .meta({
      rest: 'createLeaderboard POST /leaderboards',
      doc:
        'Makes a leaderboard. It counts what is decided from now on; a backfill counts what was ' +
        'decided before. Refuses with `slug_taken` when the program has a leaderboard with this ' +
        `slug, with \`conflict\` when it has ${BOARDS_MAX} leaderboards, and with \`unit_unknown\` for a ` +
        'unit of revenue that does not exist.',
    })
    .input(boardInput)
    .output(boardAnswer)
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

  backfill: mutation()
    .meta({
      rest: 'backfillLeaderboard POST /leaderboards/{boardId}/backfill',
      doc:
        'Counts what was decided before the leaderboard was made, from the record. It counts for ' +
        'every member, within some minutes, in windows that are still open; `backfilledAt` says that ' +
        'it is done. A repeat changes nothing. Refuses with `backfill_impossible` on a leaderboard ' +
        'of points.',
    })
    .input(z.strictObject({ boardId: id }))
    .output(boardAnswer)
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

  list: query()
    .meta({
      rest: 'listLeaderboards GET /leaderboards',
      doc: 'Lists every leaderboard of the program, the oldest first.',
    })
    .output(boardListAnswer)
    .query(async ({ ctx }) => {
      const rows = await ctx.services.db.board.findMany({
        where: { programId: ctx.programId },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      });
      return wholePage(rows.map(boardView));
    }),
};

const boardView = (row: Board): z.infer<typeof boardAnswer> => ({
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
