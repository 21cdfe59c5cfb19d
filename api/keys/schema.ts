import { z } from 'zod';
import { SCOPES } from '../../domain/operators/scopes.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { futureInstant, id, name } from '../trpc/schemas.ts';

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
  expiresAt: futureInstant
    .optional()
    .meta({ description: 'When the key stops working, ten years ahead at the most. Left out: never.' }),
});

/** A week: whoever needs longer to bring a key to its place sets no end, and revokes the old one then. */
const OVERLAP_HOURS_MAX = 168;

export const rotateKeyInput = z.strictObject({
  id,
  overlap_hours: z
    .number()
    .int()
    .min(0)
    .max(OVERLAP_HOURS_MAX)
    .default(24)
    .meta({ description: 'How long the old key still works beside the new one; 0: it ends at once.' }),
});

const expiresAtAnswer = timeAnswer
  .nullable()
  .meta({ description: 'When the key stops working; null: never.' });

export const apiKeyAnswer = z
  .strictObject({
    id: idAnswer,
    name: z.string().meta(nameMeta),
    scopes: z.array(z.string()).meta({
      description: 'What the key may do; `*` is every scope, for platform keys alone.',
      examples: [scopesExample],
    }),
    createdAt: timeAnswer,
    revokedAt: timeAnswer.nullable().meta({ description: 'Null: nobody revoked it.' }),
    expiresAt: expiresAtAnswer,
    lastUsedAt: timeAnswer.nullable().meta({
      description: 'When it was last used, to about a minute; null: never, as far as is known.',
    }),
    replacedBy: idAnswer.nullable().meta({ description: 'The key that came in its place.' }),
  })
  .meta({ id: 'ApiKey', description: 'What is known of an API key; the key itself is stored nowhere.' });

export const createdKeyAnswer = z
  .strictObject({
    id: idAnswer,
    name: z.string().meta(nameMeta),
    scopes: z.array(z.enum(SCOPES)).meta({ examples: [scopesExample] }),
    expiresAt: expiresAtAnswer,
    apiKey: z
      .string()
      .nullable()
      .meta({ description: 'The key itself, shown this once: a replay has null in its place.' }),
  })
  .meta({ id: 'CreatedApiKey' });

export const rotatedKeyAnswer = createdKeyAnswer
  .extend({
    replaces: z
      .strictObject({ id: idAnswer, expiresAt: timeAnswer.meta({ description: 'When the old key ends.' }) })
      .meta({ id: 'ReplacedApiKey' }),
  })
  .meta({ id: 'RotatedApiKey', description: 'The new key, and the one that it replaces.' });

export const revokedKeyAnswer = z
  .strictObject({ id: idAnswer, revoked: z.literal(true) })
  .meta({ id: 'RevokedApiKey' });
