import { z } from 'zod';
import { BOARD_METRICS, BOARD_PERIODS } from '../../domain/leaderboards/standings.ts';
import { audit } from '../../engine/audit/record.ts';
import { newId } from '../../platform/ids.ts';
import type { Board } from '../../prisma/generated/client.ts';
import type { Services } from '../context.ts';
import { fail, notFound } from '../http/errors.ts';
import { onSchedule } from '../schedules/live.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { id, moneyOf, name } from '../trpc/schemas.ts';
import { iso, isoOrNull, moneyJsonOf } from '../trpc/views.ts';
import { lineOf, meOf, readAround, readMembers, readTop } from './read.ts';
import { createSeason, seasonInput, seasonView } from './seasons.ts';
import { chooseWindow, windowChoice } from './window.ts';

const SCHEDULE = 'leaderboards';
const TOP_MAX = 200;
const BOARDS_MAX = 20;

const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])$/, 'must be 3 to 50 of a-z, 0-9 and inner hyphens');

const boardInput = z
  .strictObject({
    slug,
    name,
    metric: z.enum(BOARD_METRICS),
    /** For revenue alone, and then a must. */
    unit: z.string().max(32).optional(),
    period: z.enum(BOARD_PERIODS),
  })
  .refine(({ metric, unit }) => (metric === 'revenue') === (unit !== undefined), {
    path: ['unit'],
    message: 'must be given for revenue, and for revenue alone',
  });

const which = windowChoice;
const limit = z.number().int().min(1).max(TOP_MAX).default(10);

export const leaderboards = router({
  /** Makes a board. It counts what is decided from now on. */
  create: mutation('programs:write')
    .input(boardInput)
    .mutation(async ({ ctx, input }) => {
      const unit = input.unit === undefined ? null : moneyOf({ minor: '0', unit: input.unit }).unit;
      const { programId } = ctx;
      await ctx.tx.$queryRaw`SELECT 1 FROM programs WHERE id = ${programId}::uuid FOR NO KEY UPDATE`;
      if ((await ctx.tx.board.count({ where: { programId } })) >= BOARDS_MAX)
        throw fail('conflict', `A program has at most ${BOARDS_MAX} leaderboards.`);
      const data = [{ ...input, unit, programId, id: newId(), createdAt: new Date() }];
      const [board] = await ctx.tx.board.createManyAndReturn({ data, skipDuplicates: true });
      if (board === undefined) throw fail('slug_taken', 'A leaderboard of this program has this slug.');
      const action = 'leaderboard.created';
      await audit(ctx.tx, { programId, actor: ctx.actor, action, subject: board.id });
      return boardView(board);
    }),

  /**
   * Counts what was decided before the board was made, from the record: for every member, within some minutes, in windows that are
   * not closed. Once: a repeat changes nothing.
   */
  backfill: mutation('programs:write')
    .input(z.strictObject({ boardId: id }))
    .mutation(async ({ ctx, input }) => {
      const { programId, actor } = ctx;
      const where = { programId_id: { programId, id: input.boardId } };
      await ctx.tx.$queryRaw`
        SELECT 1 FROM boards WHERE program_id = ${programId}::uuid AND id = ${input.boardId}::uuid FOR NO KEY UPDATE`;
      const before = await ctx.tx.board.findUnique({ where });
      if (before === null) throw notFound('leaderboard');
      if (before.metric === 'points')
        throw fail(
          'backfill_impossible',
          'A board of points counts from its creation on: make it before its season.',
        );
      if (before.backfillAt !== null) return boardView(before);
      const board = await ctx.tx.board.update({ where, data: { backfillAt: new Date() } });
      await audit(ctx.tx, { programId, actor, action: 'leaderboard.backfilled', subject: board.id });
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

  /** The best of a window, the first first. */
  top: query()
    .input(z.strictObject({ ...which, limit }))
    .query(async ({ ctx, input }) => {
      const chosen = await chooseWindow(ctx.services.db, ctx.programId, input, ctx.services.now());
      const [rows, members] = await Promise.all([
        readTop(ctx.services.db, chosen, input.limit),
        readMembers(ctx.services.db, chosen),
      ]);
      return {
        window: chosen.key,
        members,
        items: rows.map((row) => lineOf(row, null)),
      };
    }),

  /** A member's line with the nearest above and below. */
  around: query()
    .input(z.strictObject({ ...which, memberId: id, neighbours: z.number().int().min(0).max(50).default(5) }))
    .query(async ({ ctx, input }) => {
      const found = await lookAround(ctx, input, input.neighbours);
      const me = found.rows.find(({ member_id }) => member_id === input.memberId);
      const items = found.rows.map((row) => lineOf(row, input.memberId));
      return { window: found.key, me: me === undefined ? null : meOf(me, found.members), items };
    }),

  /** A member's own rank; null when the member has no score. */
  me: query()
    .input(z.strictObject({ ...which, memberId: id }))
    .query(async ({ ctx, input }) => {
      const { rows, key, members } = await lookAround(ctx, input, 0);
      const [row] = rows;
      return { window: key, members, me: row === undefined ? null : meOf(row, members) };
    }),

  /** Makes a season of a board. */
  createSeason: mutation('programs:write')
    .input(seasonInput)
    .mutation(async ({ ctx, input }) => {
      const now_ms = ctx.services.now();
      const season = await createSeason(ctx.tx, ctx.programId, input, now_ms);
      const { programId, actor } = ctx;
      await audit(ctx.tx, { programId, actor, action: 'season.created', subject: season.id });
      return seasonView(season, now_ms);
    }),

  /** A board's seasons, the latest first: the past ones too. */
  seasons: query()
    .input(z.strictObject({ boardId: id }))
    .query(async ({ ctx, input }) => {
      const where = { programId: ctx.programId, boardId: input.boardId, name: { not: null } };
      const rows = await ctx.services.db.boardWindow.findMany({
        where,
        orderBy: { startsAt: 'desc' },
        take: 200,
      });
      return { items: rows.map((row) => seasonView(row, ctx.services.now())) };
    }),

  /** Final standings of a season that is closed, with what each rank won. */
  standings: query()
    .input(
      z.strictObject({ seasonId: id, fromRank: z.number().int().min(1).max(100_000_000).default(1), limit }),
    )
    .query(({ ctx, input }) => readStandings(ctx.services, ctx.programId, input)),

  /** When the schedule last ran and will run. */
  schedule: query().query(async ({ ctx }) => {
    const { info, state } = await onSchedule(ctx.services, SCHEDULE, (schedule) => schedule.describe());
    return {
      paused: state.paused,
      lastRuns: info.recentActions.map(({ takenAt }) => iso(takenAt)),
      nextRuns: info.nextActionTimes.slice(0, 5).map(iso),
    };
  }),

  /** Runs the schedule's work now: counts, takes due snapshots, closes what is over. */
  runNow: mutation('programs:write').mutation(async ({ ctx }) => {
    await onSchedule(ctx.services, SCHEDULE, (schedule) => schedule.trigger());
    const { programId, actor } = ctx;
    await audit(ctx.tx, { programId, actor, action: 'leaderboards.run', subject: SCHEDULE });
    return { started: true };
  }),
});

interface Reader {
  readonly services: Services;
  readonly programId: string;
}

type AroundInput = Parameters<typeof chooseWindow>[2] & { readonly memberId: string };

async function lookAround({ services, programId }: Reader, input: AroundInput, neighbours: number) {
  const where = { programId_id: { programId, id: input.memberId } };
  const [chosen, member] = await Promise.all([
    chooseWindow(services.db, programId, input, services.now()),
    services.db.member.findUnique({ where, select: { id: true } }),
  ]);
  if (member === null) throw fail('member_unknown', 'There is no such member.');
  const [rows, members] = await Promise.all([
    readAround(services.db, chosen, input.memberId, neighbours),
    readMembers(services.db, chosen),
  ]);
  return { rows, members, key: chosen.key };
}

async function readStandings(
  { db }: Services,
  programId: string,
  {
    seasonId,
    fromRank,
    limit: take,
  }: { readonly seasonId: string; readonly fromRank: number; readonly limit: number },
) {
  const season = await db.boardWindow.findFirst({ where: { programId, id: seasonId, name: { not: null } } });
  if (season === null) throw notFound('season');
  if (season.frozenAt === null) throw fail('stage_forbids', 'The season is not closed yet.');
  const at = { programId, windowId: seasonId, rank: { gte: fromRank } };
  const [rows, awards] = await Promise.all([
    db.seasonStanding.findMany({
      where: at,
      orderBy: { rank: 'asc' },
      take: take + 1,
      include: { member: { select: { displayName: true } } },
    }),
    db.seasonAward.findMany({ where: at, orderBy: { rank: 'asc' }, take: take + 1 }),
  ]);
  const wonBy = new Map(awards.map((award) => [award.rank, award]));
  const items = rows.slice(0, take).map(({ rank, memberId, score, reachedAt, member }) => ({
    rank: Number(rank),
    memberId: member.displayName === null ? null : memberId,
    displayName: member.displayName,
    score: score.toString(),
    reachedAt: iso(reachedAt),
    won: awardView(wonBy.get(rank)),
  }));
  return { seasonId, items, nextRank: rows.length > take ? Number(rows[take]?.rank) : null };
}

interface AwardRow {
  readonly kind: string;
  readonly label: string | null;
  readonly unit: string | null;
  readonly amountMinor: bigint;
}

const awardView = (award: AwardRow | undefined) =>
  award === undefined
    ? null
    : {
        kind: award.kind,
        label: award.label,
        amount: award.unit === null ? null : moneyJsonOf(award.amountMinor, award.unit),
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
