import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { wholePage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id } from '../trpc/schemas.ts';
import { seasonAnswer, seasonListAnswer, seasonStandingsAnswer } from './schema.ts';
import { createSeason, seasonInput, seasonView } from './seasons.ts';
import { readStandings, standingsInput } from './standings.ts';

const SEASONS_SHOWN_MAX = 200;

/** The procedures about a board's seasons. */
export const seasonProcedures = {
  createSeason: mutation()
    .meta({
      rest: 'createSeason POST /leaderboards/{boardId}/seasons',
      doc:
        'Makes a season of a leaderboard whose period is `season`. Refuses with ' +
        '`board_not_seasonal`, `season_ends_before_start`, `season_has_begun`, `season_overlaps` ' +
        'when another season of the leaderboard is under way then, `prizes_overlap`, and ' +
        '`amount_zero` for a prize of nothing.',
    })
    .input(seasonInput)
    .output(seasonAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const now_ms = ctx.services.now();
      const season = await createSeason(tx, programId, input, now_ms);
      await audit(tx, { programId, actor, action: 'season.created', subject: season.id });
      return seasonView(season, now_ms);
    }),

  seasons: query()
    .meta({
      rest: 'listSeasons GET /leaderboards/{boardId}/seasons',
      doc:
        "Lists a leaderboard's seasons, past ones too, the latest first. It returns the latest " +
        `${SEASONS_SHOWN_MAX}, and none for a leaderboard that does not exist.`,
    })
    .input(z.strictObject({ boardId: id }))
    .output(seasonListAnswer)
    .query(async ({ ctx, input: { boardId } }) => {
      const rows = await ctx.services.db.boardWindow.findMany({
        where: { programId: ctx.programId, boardId, name: { not: null } },
        orderBy: { startsAt: 'desc' },
        take: SEASONS_SHOWN_MAX,
      });
      return wholePage(rows.map((row) => seasonView(row, ctx.services.now())));
    }),

  standings: query()
    .meta({
      rest: 'listSeasonStandings GET /seasons/{seasonId}/standings',
      refuses: ['stage_forbids'],
      doc:
        'Lists the final standings of a closed season, with what each rank won. A page begins with ' +
        '`fromRank`, and `nextRank` begins the next. Refuses with `stage_forbids` before the season ' +
        'is closed.',
    })
    .input(standingsInput)
    .output(seasonStandingsAnswer)
    .query(({ ctx, input }) => readStandings(ctx.services.db, ctx.programId, input)),
};
