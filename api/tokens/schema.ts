import { z } from 'zod';
import { isOrigin, ORIGINS_MAX } from '../../domain/tokens/token.ts';
import { idAnswer, pageAnswer, timeAnswer } from '../trpc/answers.ts';

const originsMeta = {
  description:
    'Web pages that may send member tokens, by their origins: https, or http on localhost; no path, no star.',
  examples: [['https://shop.example']],
};
const jwksMeta = {
  description: 'Where the host publishes the keys with which it signs tokens (RFC 7517); null: nowhere.',
  examples: ['https://shop.example/.well-known/jwks.json'],
};

const memberSignInMeta = {
  description:
    'Whether members may sign in here, by the e-mail address that the program has of them: have it ' +
    'verified before you send it. A member who is signed in may do what a token with `redeem` allows.',
};

export const configureInput = z.strictObject({
  origins: z
    .array(z.string().max(255).refine(isOrigin, 'must be an origin, such as https://shop.example'))
    .max(ORIGINS_MAX)
    .meta(originsMeta),
  jwksUrl: z.string().min(1).max(2_048).nullable().meta(jwksMeta),
  memberSignIn: z.boolean().default(false).meta(memberSignInMeta),
});

export const tokenSettingsAnswer = z
  .strictObject({
    origins: z.array(z.string()).readonly().meta(originsMeta),
    jwksUrl: z.string().nullable().meta(jwksMeta),
    memberSignIn: z.boolean().meta(memberSignInMeta),
    updatedAt: timeAnswer.nullable().meta({ description: 'Null: nobody has set them yet.' }),
  })
  .meta({ id: 'TokenSettings', description: 'Whose member tokens a program takes, and from which pages.' });

const tokenSecretAnswer = z
  .strictObject({
    id: idAnswer.meta({ description: 'Tokens name the secret by it, in `kid` of their header.' }),
    createdAt: timeAnswer,
    revokedAt: timeAnswer.nullable().meta({ description: 'Null: the secret is good.' }),
  })
  .meta({ id: 'TokenSecret', description: 'What is known of a secret; the secret itself is shown once.' });

export const tokenSecretsAnswer = pageAnswer(tokenSecretAnswer);

export const createdSecretAnswer = z
  .strictObject({
    id: idAnswer,
    secret: z
      .string()
      .nullable()
      .meta({
        description:
          'The secret, shown this once: a replay has null in its place. The key of HS256 is this text as ' +
          'it stands, prefix included, in UTF-8.',
        examples: ['mts_jTqkq0cY0bV3v3nq0w8b7m9b8Q4v1f0yJ2s5u6h7i8k'],
      }),
    createdAt: timeAnswer,
  })
  .meta({ id: 'CreatedTokenSecret' });

export const revokedSecretAnswer = z
  .strictObject({ id: idAnswer, revoked: z.literal(true) })
  .meta({ id: 'RevokedTokenSecret' });
