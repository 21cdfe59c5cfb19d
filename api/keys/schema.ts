import { z } from 'zod';
import { SCOPES } from '../../domain/operators/scopes.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { name } from '../trpc/schemas.ts';

const nameMeta = { examples: ['Shop server'] };
const scopesExample = ['events:write', 'members:write'] as const;

export const createKeyInput = z.strictObject({
  name: name.meta({ description: 'What people know the key by; need not be unique.', ...nameMeta }),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .max(SCOPES.length)
    .meta({
      description: 'What the key may do: nothing that the key which asks may not do itself.',
      examples: [scopesExample],
    }),
});

export const apiKeyAnswer = z
  .strictObject({
    id: idAnswer,
    name: z.string().meta(nameMeta),
    scopes: z.array(z.string()).meta({
      description: 'What the key may do; `*` is every scope, for platform keys alone.',
      examples: [scopesExample],
    }),
    createdAt: timeAnswer,
    revokedAt: timeAnswer.nullable().meta({ description: 'Null: the key is good.' }),
  })
  .meta({ id: 'ApiKey', description: 'What is known of an API key; the key itself is stored nowhere.' });

export const createdKeyAnswer = z
  .strictObject({
    id: idAnswer,
    name: z.string().meta(nameMeta),
    scopes: z.array(z.enum(SCOPES)).meta({ examples: [scopesExample] }),
    apiKey: z
      .string()
      .nullable()
      .meta({ description: 'The key itself, shown this once: a replay has null in its place.' }),
  })
  .meta({ id: 'CreatedApiKey' });

export const revokedKeyAnswer = z
  .strictObject({ id: idAnswer, revoked: z.literal(true) })
  .meta({ id: 'RevokedApiKey' });
