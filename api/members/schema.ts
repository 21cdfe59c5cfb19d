import { z } from 'zod';
import { TOKEN_TTL_S } from '../../domain/tokens/token.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { externalId, id } from '../trpc/schemas.ts';

export const memberAnswer = z
  .strictObject({
    id: idAnswer,
    externalId: z.string().meta({ examples: ['user_42'] }),
    email: z
      .string()
      .nullable()
      .meta({
        description: 'Null where none is known, or the key lacks the scope `emails:read`.',
        examples: ['ann@example.com'],
      }),
    referralCode: z.string().meta({ examples: ['k7m2xq9a'] }),
    locale: z.string().meta({ examples: ['en'] }),
    timeZone: z
      .string()
      .nullable()
      .meta({ examples: ['Europe/Berlin'] }),
    displayName: z
      .string()
      .nullable()
      .meta({ description: 'What others see on leaderboards.', examples: ['Ann'] }),
    qualifiedReferrals: z.number().int(),
    signedUpAt: timeAnswer.nullable(),
    createdAt: timeAnswer,
  })
  .meta({ id: 'Member', description: 'A person in a program: refers others, was referred, or both.' });

export const tokenInput = z
  .strictObject({
    id: id.optional().meta({ description: 'Our id of the member; or else `externalId`.' }),
    externalId: externalId.optional(),
    redeem: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether the member may redeem with the token; else it only reads.' }),
    ttl_s: z
      .number()
      .int()
      .min(TOKEN_TTL_S.min)
      .max(TOKEN_TTL_S.max)
      .default(TOKEN_TTL_S.usual)
      .meta({ description: 'How long the token is good for, in seconds.' }),
  })
  .refine((which) => (which.id === undefined) !== (which.externalId === undefined), {
    path: ['id'],
    message: 'must be given without an externalId, and without one alone',
  })
  .meta({ examples: [{ externalId: 'user_42', redeem: false, ttl_s: 900 }] });

export const tokenAnswer = z
  .strictObject({
    token: z
      .string()
      .meta({
        description: 'For this member alone; treat it like a password.',
        examples: ['eyJhbGciOiJIUzI1NiJ9.e30.c2ln'],
      }),
    expiresAt: timeAnswer,
  })
  .meta({ id: 'MemberToken' });
