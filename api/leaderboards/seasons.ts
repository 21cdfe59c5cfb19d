import { z } from 'zod';
import { checkPrizes, checkSeason } from '../../domain/leaderboards/standings.ts';
import { refuse } from '../../domain/refusal.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { Prize } from '../../engine/leaderboards/prize.ts';
import { newId } from '../../platform/ids.ts';
import type { Tx } from '../../prisma/client.ts';
import type { BoardWindow } from '../../prisma/generated/client.ts';
import { unwrap } from '../http/errors.ts';
import { id, keptInstant, moneyJson, name, positiveMoneyOf } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { lockBoard } from './lock.ts';
import type { SEASON_STATES, seasonAnswer } from './schema.ts';

/** The furthest rank that a prize may go to. */
const RANK_MAX = 1_000;
const rank = z.number().int().min(1).max(RANK_MAX);
const ranks = { fromRank: rank, toRank: rank };

const prize = z.union([
  z.strictObject({ ...ranks, kind: z.literal('credit'), amount: moneyJson }).meta({ id: 'CreditPrize' }),
  z.strictObject({ ...ranks, kind: z.enum(['badge', 'perk']), label: name }).meta({ id: 'LabelledPrize' }),
]);

export const seasonInput = z.strictObject({
  boardId: id,
  name: name.meta({ examples: ['Spring 2026'] }),
  startsAt: keptInstant.meta({ description: 'Must not have passed.', examples: ['2026-03-01T00:00:00Z'] }),
  endsAt: keptInstant.meta({ description: 'The first moment after it.', examples: ['2026-06-01T00:00:00Z'] }),
  graceHours: z
    .number()
    .int()
    .min(0)
    .max(720)
    .default(24)
    .meta({ description: 'How long after its end a season still takes events that happened in it.' }),
  prizes: z
    .array(prize)
    .max(50)
    .default([])
    .meta({ description: 'What ranks win, both ends included. No rank wins twice.' }),
});

type SeasonInput = z.infer<typeof seasonInput>;

/**
 * Makes a season, under the board's lock, so that no two overlap. Throws `not_found`, `board_not_seasonal`,
 * `prizes_overlap`, `season_ends_before_start`, `season_has_begun`, `season_overlaps`.
 */
export async function createSeason(
  tx: Tx,
  programId: string,
  input: SeasonInput,
  now_ms: number,
): Promise<BoardWindow> {
  const board = await lockBoard(tx, programId, input.boardId);
  if (board.period !== 'season') {
    unwrap(refuse('board_not_seasonal', 'This leaderboard goes by the calendar: it has no seasons.'));
  }
  const prizes = unwrap(checkPrizes(input.prizes.map(prizeOf)));
  const season = { starts_at_ms: Date.parse(input.startsAt), ends_at_ms: Date.parse(input.endsAt) };
  const others = await tx.boardWindow.findMany({
    where: { programId, boardId: input.boardId },
    select: { startsAt: true, endsAt: true },
  });
  const bounds = others.map(({ startsAt, endsAt }) => ({
    starts_at_ms: startsAt?.getTime() ?? 0,
    ends_at_ms: endsAt?.getTime() ?? 0,
  }));
  unwrap(checkSeason(season, bounds, now_ms));
  const seasonId = newId(now_ms);
  return await tx.boardWindow.create({
    data: {
      programId,
      id: seasonId,
      boardId: input.boardId,
      key: `season:${seasonId}`,
      name: input.name,
      startsAt: new Date(season.starts_at_ms),
      endsAt: new Date(season.ends_at_ms),
      closesAt: new Date(season.ends_at_ms + input.graceHours * HOUR_MS),
      prizes: prizes.map(({ amount, ...row }) => ({
        ...row,
        amount: amount === null ? null : { ...amount },
      })),
    },
  });
}

function prizeOf(input: SeasonInput['prizes'][number]): Prize {
  const { kind, fromRank: from_rank, toRank: to_rank } = input;
  if (input.kind !== 'credit') return { from_rank, to_rank, kind, label: input.label, amount: null };
  const { minor, unit } = positiveMoneyOf(input.amount);
  return { from_rank, to_rank, kind, label: null, amount: { minor: minor.toString(), unit } };
}

type SeasonState = (typeof SEASON_STATES)[number];

/** How far a season has come. */
function stateOf({ startsAt, closedAt, awardedAt, endsAt }: BoardWindow, now_ms: number): SeasonState {
  if (awardedAt !== null) return 'awarded';
  if (closedAt !== null) return 'closed';
  if (startsAt !== null && startsAt.getTime() > now_ms) return 'announced';
  return endsAt !== null && endsAt.getTime() <= now_ms ? 'ended' : 'running';
}

export const seasonView = (row: BoardWindow, now_ms: number): z.infer<typeof seasonAnswer> => ({
  id: row.id,
  boardId: row.boardId,
  name: row.name,
  state: stateOf(row, now_ms),
  startsAt: isoOrNull(row.startsAt),
  endsAt: isoOrNull(row.endsAt),
  closesAt: isoOrNull(row.closesAt),
  prizes: (row.prizes as unknown as readonly Prize[]).map(({ from_rank, to_rank, kind, label, amount }) => ({
    fromRank: from_rank,
    toRank: to_rank,
    kind,
    label,
    amount,
  })),
  closedAt: isoOrNull(row.closedAt),
  awardedAt: isoOrNull(row.awardedAt),
  createdAt: iso(row.createdAt),
});
