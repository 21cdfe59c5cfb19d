import { z } from 'zod';
import { builtinPolicy } from '../../domain/policies/builtin.ts';
import { policyToJson } from '../../domain/policies/json.ts';
import { asSent, timeAnswer } from '../trpc/answers.ts';
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

export const policyVersionAnswer = z
  .strictObject({ version: versionNumber, policy: policyAnswer, publishedAt: timeAnswer })
  .meta({ id: 'PolicyVersion', description: 'A policy as it was published; a version never changes.' });

export const publishedPolicyAnswer = z
  .strictObject({ version: versionNumber })
  .meta({ id: 'PublishedPolicy' });

export const builtinPolicyAnswer = z.strictObject({ policy: policyAnswer }).meta({ id: 'BuiltinPolicy' });
