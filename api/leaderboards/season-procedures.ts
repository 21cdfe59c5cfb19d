import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id } from '../trpc/schemas.ts';
import { createSeason, seasonInput, seasonView } from './seasons.ts';
import { readStandings, standingsInput } from './standings.ts';

const SEASONS_SHOWN_MAX = 200;

/** The procedures about a board's seasons. */
export const seasonProcedures = {
  /** Makes a season of a board. */
  createSeason: mutation('programs:write')
    .input(seasonInput)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const now_ms = ctx.services.now();
      const season = await createSeason(tx, programId, input, now_ms);
      await audit(tx, { programId, actor, action: 'season.created', subject: season.id });
      return seasonView(season, now_ms);
    }),

  /** A board's seasons, past ones too, the latest first. */
  seasons: query()
    .input(z.strictObject({ boardId: id }))
    .query(async ({ ctx, input: { boardId } }) => {
      const rows = await ctx.services.db.boardWindow.findMany({
        where: { programId: ctx.programId, boardId, name: { not: null } },
        orderBy: { startsAt: 'desc' },
        take: SEASONS_SHOWN_MAX,
      });
      return { items: rows.map((row) => seasonView(row, ctx.services.now())) };
    }),

  /** The final standings of a closed season, with what each rank won. */
  standings: query()
    .input(standingsInput)
    .query(({ ctx, input }) => readStandings(ctx.services.db, ctx.programId, input)),
};
