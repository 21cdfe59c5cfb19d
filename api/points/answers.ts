import { z } from 'zod';
import { POINT_SOURCES } from '../../engine/points/move.ts';
import { idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';

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
  .meta({ id: 'MemberPoints', description: 'What a member has in points, and where that puts them.' });

export const pointPostingAnswer = z
  .strictObject({
    id: idAnswer,
    memberId: idAnswer,
    source: z
      .enum(POINT_SOURCES)
      .meta({ description: 'What moved the points; `reversal` is what a refund takes back.' }),
    eventId: idAnswer.nullable().meta({
      description: "The event that earned them, or the refund that takes them back; null: an operator's.",
    }),
    ruleId: z
      .string()
      .nullable()
      .meta({ description: "The rule or achievement; null: an operator's.", examples: ['contribution'] }),
    policyVersion: z.number().int().nullable(),
    amount: moneyAnswer.meta({ description: 'Below zero when points were taken.' }),
    reversed: moneyAnswer.meta({ description: 'How much of it was taken back.' }),
    occurredAt: timeAnswer,
    expiresAt: timeAnswer.nullable().meta({ description: 'Null: never.' }),
    createdAt: timeAnswer,
  })
  .meta({ id: 'PointPosting', description: 'Points that a member got or lost.' });

const achievementProgressAnswer = z
  .strictObject({
    id: z.string().meta({ description: 'Of the achievement in the policy.', examples: ['week'] }),
    name: z.string().meta({ examples: ['Seven days in a row'] }),
    kind: z.enum(['nth', 'sum', 'streak', 'first']).meta({ description: 'How it is tested.' }),
    event: z.string().meta({ description: 'The type of the events that count.', examples: ['contribution'] }),
    benefit: z.enum(['points', 'credit', 'badge', 'perk']),
    repeatable: z.boolean(),
    reached: z.string().meta({ description: 'A whole number, never above `target`.', examples: ['5'] }),
    target: z.string().meta({ description: 'A whole number.', examples: ['7'] }),
    unit: z.string().meta({
      description: 'What both count: `actions`, `days`, `weeks`, or minor units of a currency.',
      examples: ['days'],
    }),
    awards: z.number().int().meta({ description: 'How often the member has it.' }),
    lastAt: timeAnswer.nullable().meta({ description: 'When the member last earned it; null: not yet.' }),
    taken: z.boolean().meta({ description: 'Somebody has what only one member can have.' }),
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
