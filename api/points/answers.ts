import { z } from 'zod';
import { POINT_SOURCES } from '../../engine/points/move.ts';
import { idAnswer, moneyAnswer, sentencesAnswer, timeAnswer, traceAnswer } from '../trpc/answers.ts';

const memberId = '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d';
const points = (minor: string) => ({ minor, unit: 'PTS' });

const levelFields = {
  id: z.string().meta({ examples: ['regular'] }),
  name: z.string().meta({ examples: ['Regular'] }),
  from: z
    .number()
    .int()
    .meta({ description: 'The lifetime points that it takes.', examples: [100] }),
};

const pointLevelAnswer = z.strictObject(levelFields).meta({ id: 'PointLevel' });

const nextLevelAnswer = z
  .strictObject({
    ...levelFields,
    missing: moneyAnswer.meta({ description: 'The lifetime points that the member still lacks.' }),
  })
  .meta({ id: 'NextPointLevel' });

const pointExpiryAnswer = z
  .strictObject({ at: timeAnswer, amount: moneyAnswer })
  .meta({ id: 'PointExpiry', description: 'When points lapse next, and how many then.' });

export const pointsAnswer = z
  .strictObject({
    memberId: idAnswer,
    unit: z.string().meta({ examples: ['PTS'] }),
    available: moneyAnswer.meta({ description: 'What the member can spend.' }),
    reserved: moneyAnswer.meta({ description: 'What redemptions under way have set aside.' }),
    owed: moneyAnswer.meta({
      description: 'What was taken back after it was spent: later points pay for it.',
    }),
    lifetime: moneyAnswer.meta({
      description: 'All that the member was ever granted, less what was taken back; levels count it.',
    }),
    level: pointLevelAnswer.nullable().meta({ description: 'Null: below the first.' }),
    next: nextLevelAnswer.nullable().meta({ description: 'Null: the member is on the highest level.' }),
    nextExpiry: pointExpiryAnswer.nullable().meta({ description: 'Null: nothing lapses.' }),
  })
  .meta({
    id: 'MemberPoints',
    description: 'What a member has in points, and where that puts them.',
    examples: [
      {
        memberId,
        unit: 'PTS',
        available: points('90'),
        reserved: points('0'),
        owed: points('0'),
        lifetime: points('130'),
        level: { id: 'regular', name: 'Regular', from: 100 },
        next: { id: 'pillar', name: 'Pillar', from: 1_000, missing: points('870') },
        nextExpiry: { at: '2026-06-30T00:00:00.000Z', amount: points('10') },
      },
    ],
  });

export const pointsListedAnswer = z
  .strictObject({
    memberId: idAnswer,
    externalId: z.string().meta({ examples: ['customer-42'] }),
    available: moneyAnswer,
    reserved: moneyAnswer,
    owed: moneyAnswer,
    lifetime: moneyAnswer,
    level: pointLevelAnswer.nullable().meta({ description: 'Null: below the first.' }),
  })
  .meta({ id: 'MemberPointsListed', description: 'What a member of a list has in points.' });

export const pointPostingAnswer = z
  .strictObject({
    id: idAnswer,
    memberId: idAnswer,
    source: z.enum(POINT_SOURCES).meta({
      description:
        'What moved the points; `reversal` is what goes back by a refund, or by an event that moves what ' +
        'the rule goes by: a number, a count, or who is credited with the signup.',
    }),
    eventId: idAnswer.nullable().meta({
      description:
        'The event that earned them, or the refund or other event that takes them back; null: an ' +
        'operator’s.',
    }),
    ruleId: z.string().nullable().meta({ description: "The rule or achievement; null: an operator's." }),
    policyVersion: z.number().int().nullable(),
    amount: moneyAnswer.meta({ description: 'Below zero when points were taken.' }),
    reversed: moneyAnswer.meta({ description: 'How much of it was taken back.' }),
    occurredAt: timeAnswer,
    expiresAt: timeAnswer.nullable().meta({ description: 'Null: never.' }),
    createdAt: timeAnswer,
  })
  .meta({
    id: 'PointPosting',
    description: 'Points that a member got or lost.',
    examples: [
      {
        id: '0192f0c1-3a5b-7c6d-9e8f-2a1b3c4d5e6f',
        memberId,
        source: 'rule',
        eventId: '0192f0c1-2e3d-7b4c-8a5f-6e7d8c9b0a1f',
        ruleId: 'contribution',
        policyVersion: 3,
        amount: points('10'),
        reversed: points('0'),
        occurredAt: '2026-01-15T09:29:58.000Z',
        expiresAt: '2027-01-15T09:29:58.000Z',
        createdAt: '2026-01-15T09:30:00.000Z',
      },
    ],
  });

export const pointExplanationAnswer = z
  .strictObject({ posting: pointPostingAnswer, trace: traceAnswer, sentences: sentencesAnswer })
  .meta({ id: 'PointExplanation' });

const achievementProgressAnswer = z
  .strictObject({
    id: z.string().meta({ description: 'Of the achievement in the policy.', examples: ['week'] }),
    name: z.string().meta({ examples: ['Seven days in a row'] }),
    kind: z
      .enum(['nth', 'sum', 'streak', 'first'])
      .meta({ description: 'How it is tested.', examples: ['streak'] }),
    event: z.string().meta({ description: 'The type of the events that count.', examples: ['contribution'] }),
    benefit: z.enum(['points', 'credit', 'badge', 'perk']).meta({ examples: ['points'] }),
    repeatable: z.boolean(),
    reached: z.string().meta({ description: 'A whole number, never above `target`.', examples: ['5'] }),
    target: z.string().meta({ description: 'A whole number.', examples: ['7'] }),
    unit: z.string().meta({
      description: 'What both count: `actions`, `days`, `weeks`, or minor units of a currency.',
      examples: ['days'],
    }),
    awards: z.number().int().meta({ description: 'How often the member has it.' }),
    lastAt: timeAnswer.nullable().meta({ description: 'When the member last earned it; null: not yet.' }),
    taken: z
      .boolean()
      .meta({ description: 'Somebody has what only one member can have.', examples: [false] }),
  })
  .meta({ id: 'AchievementProgress' });

export const pointProgressAnswer = z
  .strictObject({
    memberId: idAnswer,
    policyVersion: z.number().int(),
    achievements: z.array(achievementProgressAnswer),
  })
  .meta({ id: 'PointProgress', description: 'How far a member is towards each achievement of the policy.' });

/** One achievement as `points.progress` shows it. */
export type AchievementView = z.infer<typeof achievementProgressAnswer>;
