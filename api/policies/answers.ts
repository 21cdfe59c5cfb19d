import { z } from 'zod';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import { CONDITION_PARTS } from '../../engine/rules/failures.ts';
import { asSent, idAnswer, moneyAnswer, timeAnswer } from '../trpc/answers.ts';
import { policySchema } from './schema.ts';

const versionNumber = z
  .number()
  .int()
  .meta({ description: 'Counts from 1, for each program.', examples: [3] });

const policyAnswer = asSent(policySchema).meta({
  id: 'Policy',
  description: 'The rules of a program, in the form in which they are published.',
  examples: [policyToJson(builtinPolicy())],
});

const conditionFailure = z
  .strictObject({
    part: z.enum(CONDITION_PARTS).meta({
      description: 'Where the condition stands: `qualification`, one of `rules`, or one of `points.rules`.',
      examples: ['rules'],
    }),
    ruleId: z
      .string()
      .nullable()
      .meta({ description: 'Null for the condition for qualifying.', examples: ['app-bonus'] }),
    failures: z
      .number()
      .int()
      .meta({ description: 'Events for which it could not be evaluated.', examples: [12] }),
    lastEventId: idAnswer.meta({ description: 'The latest of them: `explain.event` says why.' }),
    lastAt: timeAnswer,
  })
  .meta({ id: 'ConditionFailure' });

export const policyVersionAnswer = z
  .strictObject({
    version: versionNumber,
    policy: policyAnswer,
    publishedAt: timeAnswer,
    conditionFailures: z.array(conditionFailure).meta({
      description:
        'Conditions of this version that could not be evaluated for some event, as when a property is ' +
        'missing or has another type. One that is false is no failure.',
      examples: [[]],
    }),
  })
  .meta({
    id: 'PolicyVersion',
    description: 'A policy as it was published; the policy of a version never changes.',
  });

export const publishedPolicyAnswer = z
  .strictObject({
    version: versionNumber,
    earlierUnits: z
      .array(
        z
          .strictObject({
            unit: z.string().meta({ examples: ['EUR'] }),
            pending: moneyAnswer,
            available: moneyAnswer,
            reserved: moneyAnswer,
          })
          .meta({ id: 'EarlierUnit', description: 'What all members together have in a unit.' }),
      )
      .meta({
        description:
          'Units of earlier versions in which members have something. It stays in its unit: holds end, ' +
          'refunds take back, and members redeem, by the amounts of the last version in that unit.',
        examples: [[]],
      }),
  })
  .meta({ id: 'PublishedPolicy' });

export const builtinPolicyAnswer = z.strictObject({ policy: policyAnswer }).meta({ id: 'BuiltinPolicy' });
