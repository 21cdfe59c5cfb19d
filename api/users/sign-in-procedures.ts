import { setTimeout } from 'node:timers/promises';
import { hashPassword } from 'better-auth/crypto';
import { z } from 'zod';
import { isInvitedBy } from '../../engine/users/registration.ts';
import { ApiError, fail } from '../http/errors.ts';
import { publicMutation } from '../trpc/user-procedures.ts';
import { asksSecondFactor, type LibraryCall } from './call.ts';
import { LINK_UNUSABLE } from './refusals.ts';
import {
  address,
  DONE,
  doneAnswer,
  linkToken,
  MAILED,
  mailedAnswer,
  password,
  personName,
  remember,
  signedInAnswer,
} from './schema.ts';
import { limitAccount, limitAddress, rememberDevice } from './throttle.ts';

/** No answer about an account comes sooner, so that its time does not tell whether there is one. */
const ANSWER_MIN_MS = 300;

const TEXT_LIMIT = 'Refusal: `attempts_exceeded`.';

/** Waits for the work, and as long as every such answer takes. */
async function inEqualTime<T>(work: Promise<T>): Promise<T> {
  const [result] = await Promise.all([work, setTimeout(ANSWER_MIN_MS)]);
  return result;
}

/** A procedure's context, as far as mails to an address ask for it. */
type MailContext = Parameters<typeof limitAccount>[0];

/** Has the library write to an address, so often as an address and a caller may have it. */
async function mailed(ctx: MailContext, email: string, call: LibraryCall) {
  await limitAddress(ctx, 'email');
  await limitAccount(ctx, 'email', email);
  await inEqualTime(ctx.services.users.call(ctx, { ...call, isAnonymous: true }));
  return MAILED;
}

/** How people register and sign in with an address. */
export const signInProcedures = {
  register: publicMutation()
    .meta({
      rest: 'register POST /users',
      doc:
        'Makes an account with a password. By default it takes an invitation: the token of its e-mail, ' +
        'which proves the address too. Where registration is open, an e-mail with a link comes first. The ' +
        'answer is the same for an address that has an account: its owner gets an e-mail. Refusals: ' +
        '`registration_closed`, `attempts_exceeded`.',
    })
    .input(z.strictObject({ name: personName, email: address, password, invitation: linkToken.optional() }))
    .output(mailedAnswer)
    .mutation(async ({ ctx, input }) => {
      await limitAddress(ctx, 'register');
      const { invitation = '', ...body } = input;
      const { db, settings, users } = ctx.services;
      const isInvited = await isInvitedBy(db, body.email, invitation);
      if (!isInvited && settings.openRegistration !== true) {
        throw fail('registration_closed', 'Registration is by invitation, and this address has none.');
      }
      const registration = { isInvited, passwordHash: await hashPassword(body.password) };
      const call = { path: '/sign-up/email', body, registration, isAnonymous: true };
      // Of two who register at once, the second finds the account of the first when it asks again.
      const asked = users.call(ctx, call).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 'conflict') return users.call(ctx, call);
        throw error;
      });
      await inEqualTime(asked);
      return MAILED;
    }),

  signIn: publicMutation()
    .meta({
      rest: 'signIn POST /users/sign-in',
      doc:
        'Signs in with a password. The session is a cookie that scripts cannot read. Refusals: ' +
        '`credentials_wrong`, `email_unverified`, `attempts_exceeded`.',
    })
    .input(z.strictObject({ email: address, password: z.string().min(1).max(128), remember }))
    .output(signedInAnswer)
    .mutation(async ({ ctx, input: { email, password: secret, remember: rememberMe } }) => {
      await limitAddress(ctx, 'sign_in');
      const forget = await limitAccount(ctx, 'sign_in', email);
      const body = { email, password: secret, rememberMe };
      const answer = await ctx.services.users.call(ctx, { path: '/sign-in/email', body });
      await forget();
      rememberDevice(ctx, email);
      return { secondFactor: asksSecondFactor(answer) ? ('asked' as const) : ('none' as const) };
    }),

  mailSignInLink: publicMutation()
    .meta({
      rest: 'mailSignInLink POST /users/sign-in-link',
      doc:
        'Sends a link that signs in, good for ten minutes and once, to an address that has an account or ' +
        `may have one. Accounts with a second factor get none. ${TEXT_LIMIT}`,
    })
    .input(z.strictObject({ email: address }))
    .output(mailedAnswer)
    .mutation(({ ctx, input: { email } }) =>
      mailed(ctx, email, { path: '/sign-in/magic-link', body: { email, callbackURL: '/' } }),
    ),

  openSignInLink: publicMutation()
    .meta({
      rest: 'openSignInLink POST /users/sign-in-link/open',
      doc:
        'Signs in by the link of an e-mail, and makes the account where there is none. Refusals: ' +
        '`link_unusable`, `attempts_exceeded`.',
    })
    .input(z.strictObject({ token: linkToken }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input }) => {
      await limitAddress(ctx, 'link');
      const query = { token: input.token, callbackURL: '/done' };
      const where = await ctx.services.users.redirect(ctx, {
        method: 'GET',
        path: '/magic-link/verify',
        query,
      });
      if (where === null || new URL(where).searchParams.has('error')) {
        throw fail('link_unusable', LINK_UNUSABLE);
      }
      return DONE;
    }),

  mailVerification: publicMutation()
    .meta({
      rest: 'mailVerification POST /users/verification',
      doc: `Sends the link that verifies an address again, if it is to be verified. ${TEXT_LIMIT}`,
    })
    .input(z.strictObject({ email: address }))
    .output(mailedAnswer)
    .mutation(({ ctx, input: { email } }) =>
      mailed(ctx, email, { path: '/send-verification-email', body: { email } }),
    ),

  verifyEmail: publicMutation()
    .meta({
      rest: 'verifyEmail POST /users/verification/open',
      doc:
        'Verifies an address by the link of an e-mail. For a change of address the link that came to the ' +
        'old one sends another to the new one, and that one changes it. Refusals: `link_unusable`, ' +
        '`stage_forbids`.',
    })
    .input(z.strictObject({ token: linkToken }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input: { token } }) => {
      await limitAddress(ctx, 'link');
      const call = { method: 'GET', path: '/verify-email', query: { token } } as const;
      await ctx.services.users.call(ctx, call).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.code !== 'conflict') throw error;
        throw fail('stage_forbids', 'The new address has an account of its own by now.');
      });
      return DONE;
    }),

  mailPasswordReset: publicMutation()
    .meta({
      rest: 'mailPasswordReset POST /users/password-reset',
      doc: `Sends a link with which an account gets a new password, good for an hour. ${TEXT_LIMIT}`,
    })
    .input(z.strictObject({ email: address }))
    .output(mailedAnswer)
    .mutation(({ ctx, input: { email } }) =>
      mailed(ctx, email, { path: '/request-password-reset', body: { email } }),
    ),

  resetPassword: publicMutation()
    .meta({
      rest: 'resetPassword POST /users/password-reset/open',
      doc:
        'Sets a new password by the link of an e-mail, and signs the account out everywhere. Refusals: ' +
        '`link_unusable`, `input_invalid`, `attempts_exceeded`.',
    })
    .input(z.strictObject({ token: linkToken, password }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input: { token, password: newPassword } }) => {
      await limitAddress(ctx, 'link');
      await ctx.services.users.call(ctx, { path: '/reset-password', body: { token, newPassword } });
      return DONE;
    }),
};
