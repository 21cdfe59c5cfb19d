import { z } from 'zod';
import type { PointsPolicy } from '../../domain/points/policy.ts';
import { badgeInput, labelInput, perkInput } from '../rewards/schema.ts';
import { moneyInput, unitCode } from '../trpc/schemas.ts';

const word = z.string().min(1).max(64);
const days = z.number().int().min(0).max(100_000);
const count = z.number().int().min(0).max(1_000_000_000);
const points = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const award = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), points }).meta({ id: 'FixedPoints' }),
  z
    .strictObject({
      kind: z.literal('per_value'),
      points,
      per: moneyInput,
      rounding: z.enum(['half_even', 'half_up', 'down']),
    })
    .meta({ id: 'PointsPerValue' }),
]);

const rule = z
  .strictObject({
    id: word,
    event: word,
    recipient: z.enum(['actor', 'referrer']),
    award,
    condition: z.string().min(1).max(1_000).nullable(),
    cap: z
      .strictObject({ points: points.nullable(), count: count.nullable(), period_days: days.nullable() })
      .meta({ id: 'PointCap' })
      .nullable(),
    expires_days: days.nullable(),
  })
  .meta({ id: 'PointRule' });

const test = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('nth'), event: word, count }).meta({ id: 'NthTest' }),
  z.strictObject({ kind: z.literal('sum'), event: word, at_least: moneyInput, days }).meta({ id: 'SumTest' }),
  z
    .strictObject({ kind: z.literal('streak'), event: word, by: z.enum(['day', 'week']), length: count })
    .meta({ id: 'StreakTest' }),
  z
    .strictObject({ kind: z.literal('first'), event: word, within: z.enum(['member', 'program']) })
    .meta({ id: 'FirstTest' }),
]);

const benefit = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('points'), points }).meta({ id: 'PointsBenefit' }),
  z.strictObject({ kind: z.literal('credit'), amount: moneyInput }).meta({ id: 'CreditBenefit' }),
  badgeInput,
  perkInput,
]);

/** The section `points` of a policy on the wire; what its parts mean together, `checkPoints` judges. */
export const pointsSchema = z
  .strictObject({
    unit: unitCode,
    rules: z.array(rule).max(50),
    levels: z
      .array(z.strictObject({ id: word, name: labelInput, from: points }).meta({ id: 'PointLevelRule' }))
      .max(50),
    achievements: z
      .array(
        z
          .strictObject({ id: word, name: labelInput, test, benefit, repeatable: z.boolean() })
          .meta({ id: 'AchievementRule' }),
      )
      .max(50),
    budget: points.nullable(),
  })
  .meta({ id: 'PointRules' }) satisfies z.ZodType<PointsPolicy>;
