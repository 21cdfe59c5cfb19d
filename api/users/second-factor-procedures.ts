import { z } from 'zod';
import { publicMutation, userMutation } from '../trpc/user-procedures.ts';
import { DONE, doneAnswer, password, totpCode } from './schema.ts';
import { requireFreshSession, type SignedIn } from './session.ts';
import { limitAddress } from './throttle.ts';

/** Asked of whoever has one, so that a browser that was left open gives nobody the account. */
const ownPassword = password.optional().meta({ description: 'The password, where the account has one.' });

const backupCode = z
  .string()
  .min(1)
  .max(64)
  .meta({ examples: ['aB3dE-fG7hI'] });
const backupCodes = z.array(z.string()).meta({ description: 'Each good once. They are shown this once.' });

type OwnContext = Parameters<typeof limitAddress>[0] & { readonly user: SignedIn };

/** Sees to it that it is the user who asks: by the password, which the library checks, or a fresh session. */
async function requireOwner(
  ctx: OwnContext,
  given: { readonly password?: string | undefined },
): Promise<void> {
  await limitAddress(ctx, 'sign_in');
  if (given.password === undefined) requireFreshSession(ctx.user, ctx.services.now());
}

/** What the sign-in library answers; it is checked, because it is not ours. */
const enabled = z.object({ totpURI: z.string(), backupCodes });

/** The second factor: an authenticator app (RFC 6238), and codes for when it is lost. */
export const secondFactorProcedures = {
  beginSecondFactor: userMutation()
    .meta({
      rest: 'beginSecondFactor POST /users/me/second-factor',
      doc:
        'Makes a second factor, which counts once `users.confirmSecondFactor` has had a code of it. ' +
        'Returns what an authenticator app takes (`otpauth:`), and codes for when the app is lost. ' +
        'Refusals: `credentials_wrong`, `session_stale`, `stage_forbids`, `attempts_exceeded`.',
    })
    .input(z.strictObject({ password: ownPassword }))
    .output(z.strictObject({ uri: z.string(), backupCodes }).meta({ id: 'SecondFactor' }))
    .mutation(async ({ ctx, input }) => {
      await requireOwner(ctx, input);
      const answer = enabled.parse(
        await ctx.services.users.call(ctx, { path: '/two-factor/enable', body: input }),
      );
      return { uri: answer.totpURI, backupCodes: answer.backupCodes };
    }),

  confirmSecondFactor: userMutation()
    .meta({
      rest: 'confirmSecondFactor POST /users/me/second-factor/confirm',
      doc: 'Turns the second factor on, by a code of the app. Refusals: `second_factor_wrong`.',
    })
    .input(z.strictObject({ code: totpCode }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input }) => {
      await limitAddress(ctx, 'sign_in');
      await ctx.services.users.call(ctx, { path: '/two-factor/verify-totp', body: input });
      return DONE;
    }),

  removeSecondFactor: userMutation()
    .meta({
      // Not DELETE, which has its input in the address: that is logged on the way, and this holds a password.
      rest: 'removeSecondFactor POST /users/me/second-factor/remove',
      doc:
        'Turns the second factor off. Refusals: `credentials_wrong`, `session_stale`, ' +
        '`attempts_exceeded`.',
    })
    .input(z.strictObject({ password: ownPassword }).prefault({}))
    .output(doneAnswer)
    .mutation(async ({ ctx, input }) => {
      await requireOwner(ctx, input);
      await ctx.services.users.call(ctx, { path: '/two-factor/disable', body: input });
      return DONE;
    }),

  verifySecondFactor: publicMutation()
    .meta({
      rest: 'verifySecondFactor POST /users/sign-in/second-factor',
      doc:
        'Ends a sign-in that asked for a second factor: with six digits of the app, or with a backup code. ' +
        'After five wrong codes the sign-in begins anew. `trustDevice`: this browser is not asked again ' +
        'for thirty days. Refusals: `second_factor_wrong`, `attempts_exceeded`.',
    })
    .input(
      z.strictObject({
        code: z.union([totpCode, backupCode]),
        trustDevice: z.boolean().default(false),
      }),
    )
    .output(doneAnswer)
    .mutation(async ({ ctx, input }) => {
      await limitAddress(ctx, 'sign_in');
      const isTotp = totpCode.safeParse(input.code).success;
      const path = isTotp ? '/two-factor/verify-totp' : '/two-factor/verify-backup-code';
      await ctx.services.users.call(ctx, { path, body: input });
      return DONE;
    }),
};
