import { z } from 'zod';
import { BOARD_METRICS, BOARD_PERIODS } from '../../domain/leaderboards/standings.ts';
import { PRIZE_KINDS } from '../../engine/leaderboards/prize.ts';
import { idAnswer, moneyAnswer, pageAnswer, timeAnswer } from '../trpc/answers.ts';

export const SEASON_STATES = ['announced', 'running', 'ended', 'closed', 'awarded'] as const;

export const boardAnswer = z
  .strictObject({
    id: idAnswer,
    slug: z.string().meta({ examples: ['top-referrers'] }),
    name: z.string().meta({ examples: ['Top referrers'] }),
    metric: z.enum(BOARD_METRICS).meta({ description: 'What the board counts.', examples: ['revenue'] }),
    unit: z
      .string()
      .nullable()
      .meta({ description: 'The currency of a board of revenue; null for any other.', examples: ['USD'] }),
    period: z.enum(BOARD_PERIODS).meta({ description: 'How long one ranking lasts.', examples: ['month'] }),
    backfillAt: timeAnswer.nullable().meta({ description: 'When a backfill was asked for.' }),
    backfilledAt: timeAnswer.nullable().meta({ description: 'When the backfill was done.' }),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Leaderboard', description: 'A ranking of members by what they brought or got.' });

export const boardListAnswer = pageAnswer(boardAnswer);

const place = {
  rank: z.number().int(),
  memberId: idAnswer.nullable().meta({ description: 'Null for a member whom others do not see.' }),
  displayName: z
    .string()
    .nullable()
    .meta({ description: 'Null for a member without one, whom others do not see.', examples: ['Ann'] }),
  score: z.string().meta({
    description: 'Qualified referrals, points, or minor units of the board’s currency, as a decimal string.',
    examples: ['12'],
  }),
  reachedAt: timeAnswer.meta({
    description: 'When the score was reached. Of equal scores, the earlier one ranks before.',
  }),
};

export const boardLineAnswer = z
  .strictObject({
    ...place,
    trend: z.number().int().nullable().meta({
      description:
        'How many ranks the member rose since the last snapshot, or fell when negative; null: new.',
    }),
  })
  .meta({ id: 'LeaderboardLine' });

const members = z.number().int().meta({ description: 'How many members the ranking has.' });

export const ownLineAnswer = boardLineAnswer
  .extend({
    members,
    percentile: z.number().meta({
      description: 'How many of 100 other members rank behind, to one decimal.',
      examples: [87.5],
    }),
  })
  .meta({ id: 'OwnLeaderboardLine' });

const windowKey = z.string().meta({
  description: 'The key of the ranking: `all`, a month, a week, or `season:` and the id of the season.',
  examples: ['2026-01'],
});

export const boardTopAnswer = z
  .strictObject({ window: windowKey, members, items: z.array(boardLineAnswer) })
  .meta({ id: 'LeaderboardTop' });

export const boardAroundAnswer = z
  .strictObject({
    window: windowKey,
    me: ownLineAnswer.nullable().meta({ description: 'Null when the member has no score.' }),
    items: z.array(boardLineAnswer).meta({ description: 'The member’s line among them, the best first.' }),
  })
  .meta({ id: 'LeaderboardNeighbours' });

export const memberStandingAnswer = z
  .strictObject({
    window: windowKey,
    members,
    me: ownLineAnswer.nullable().meta({ description: 'Null when the member has no score.' }),
  })
  .meta({ id: 'MemberStanding' });

/** Badges and perks have a label, and credit has an amount. */
const won = {
  kind: z.enum(PRIZE_KINDS).meta({ examples: ['badge'] }),
  label: z.string().nullable().meta({ description: 'The name of a badge or a perk; null for credit.' }),
  amount: moneyAnswer.nullable().meta({ description: 'Null for a badge or a perk.' }),
};

export const seasonAnswer = z
  .strictObject({
    id: idAnswer,
    boardId: idAnswer,
    name: z
      .string()
      .nullable()
      .meta({ examples: ['Spring 2026'] }),
    state: z.enum(SEASON_STATES).meta({
      description:
        'ended: late events may still count. closed: the ranking is final. awarded: the prizes are granted.',
      examples: ['running'],
    }),
    startsAt: timeAnswer.nullable(),
    endsAt: timeAnswer.nullable(),
    closesAt: timeAnswer
      .nullable()
      .meta({ description: 'Until then, events that happened in the season still count.' }),
    prizes: z.array(
      z
        .strictObject({ fromRank: z.number().int(), toRank: z.number().int(), ...won })
        .meta({ id: 'SeasonPrize', description: 'What each rank from one to another wins.' }),
    ),
    closedAt: timeAnswer.nullable(),
    awardedAt: timeAnswer.nullable(),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Season', description: 'A ranking of a board from a start to an end, with prizes.' });

export const seasonListAnswer = pageAnswer(seasonAnswer);

export const seasonStandingsAnswer = z
  .strictObject({
    seasonId: idAnswer,
    items: z.array(
      z
        .strictObject({
          ...place,
          won: z
            .strictObject(won)
            .meta({ id: 'PrizeWon' })
            .nullable()
            .meta({ description: 'Null: nothing.' }),
        })
        .meta({ id: 'SeasonStanding' }),
    ),
    nextRank: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Send it as `fromRank` for the next page; null: there is none.' }),
  })
  .meta({ id: 'SeasonStandings' });

export const boardScheduleAnswer = z
  .strictObject({ paused: z.boolean(), lastRuns: z.array(timeAnswer), nextRuns: z.array(timeAnswer) })
  .meta({ id: 'LeaderboardSchedule' });

export const boardRunAnswer = z.strictObject({ started: z.boolean() }).meta({ id: 'LeaderboardRun' });
