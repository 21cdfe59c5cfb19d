import { z } from 'zod';
import { ROLES } from '../../domain/operators/roles.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { name } from '../trpc/schemas.ts';

/** An address as a person signs in with it: in lower case from here on. */
export const address = z
  .email('must be an e-mail address')
  .max(320)
  .transform((text) => text.toLowerCase())
  .meta({ format: 'email', examples: ['ann@example.com'] });

/** Long ones are hashed like short ones; the sign-in library says what is too short. */
export const password = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: 'At least 12 characters.', format: 'password', examples: ['correct horse battery'] });

export const personName = name.max(255).meta({ examples: ['Ann Example'] });

/** The token of a link that was sent by e-mail. */
export const linkToken = z
  .string()
  .min(1)
  .max(2_000)
  .meta({ description: 'The `token` of the link in the e-mail.', examples: ['hGkTq2…'] });

/** Six digits of an authenticator app. */
export const totpCode = z
  .string()
  .regex(/^\d{6}$/, 'must be six digits')
  .meta({ examples: ['123456'] });

export const remember = z
  .boolean()
  .default(true)
  .meta({ description: 'Whether the session outlives the browser: for two weeks, else for a day.' });

export const doneAnswer = z
  .strictObject({ done: z.literal(true) })
  .meta({ id: 'Done', description: 'It is so now, whether or not it was before.' });

export const DONE = { done: true } as const;

/** The same answer whether or not there is an account: nobody learns from it who has one. */
export const mailedAnswer = z
  .strictObject({ mailed: z.literal(true) })
  .meta({ id: 'Mailed', description: 'An e-mail is on its way, if the address may have one.' });

export const MAILED = { mailed: true } as const;

export const signedInAnswer = z
  .strictObject({
    secondFactor: z
      .enum(['none', 'asked'])
      .meta({ description: '`asked`: not signed in yet; send a code to `users.verifySecondFactor`.' }),
  })
  .meta({ id: 'SignIn', description: 'How the sign-in went. The session is a cookie.' });

export const userAnswer = z
  .strictObject({
    id: idAnswer,
    name: z.string(),
    email: z.string().meta({ format: 'email' }),
    hasPassword: z.boolean(),
    hasSecondFactor: z.boolean(),
    mayCreatePrograms: z.boolean(),
    providers: z
      .array(z.strictObject({ provider: z.string(), subject: z.string() }))
      .meta({ description: 'Accounts elsewhere with which the user may sign in.' }),
    operates: z.array(z.strictObject({ programId: idAnswer, program: z.string(), role: z.enum(ROLES) })),
    memberOf: z
      .array(z.strictObject({ programId: idAnswer, program: z.string(), memberId: idAnswer }))
      .meta({ description: 'Programs that let members sign in and know this address. At most 100.' }),
  })
  .meta({ id: 'User' });

export const sessionAnswer = z
  .strictObject({
    id: idAnswer,
    isThis: z.boolean().meta({ description: 'Whether it is the session that asks.' }),
    browser: z.string().nullable().meta({ description: 'As the browser calls itself (User-Agent).' }),
    createdAt: timeAnswer,
    expiresAt: timeAnswer,
  })
  .meta({ id: 'Session', description: 'A browser in which the user is signed in.' });
