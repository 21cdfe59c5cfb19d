import { z } from 'zod';
import { fail } from '../http/errors.ts';
import { userMutation, userQuery } from '../trpc/user-procedures.ts';
import { browserHeaders } from './call.ts';
import { deleteUser, refuseSoleOwner } from './delete.ts';
import { profileOf } from './profile.ts';
import {
  address,
  DONE,
  doneAnswer,
  linkToken,
  MAILED,
  mailedAnswer,
  password,
  personName,
  userAnswer,
} from './schema.ts';
import { requireFreshSession } from './session.ts';
import { limitAccount, limitAddress } from './throttle.ts';

/** What users see and change of their own account. */
export const accountProcedures = {
  me: userQuery()
    .meta({
      rest: 'getUser GET /users/me',
      doc:
        'Returns who is signed in, which programs they operate, and of which they are members. The session ' +
        'then holds for two weeks from now.',
    })
    .output(userAnswer)
    .query(async ({ ctx }) => {
      // Looking at the account is what keeps a session going: once a day, its time begins anew.
      await ctx.services.users.call(ctx, { method: 'GET', path: '/get-session' });
      return await profileOf(ctx.services.db, ctx.user);
    }),

  update: userMutation()
    .meta({ rest: 'updateUser PATCH /users/me', doc: 'Changes the name of the user.' })
    .input(z.strictObject({ name: personName }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input }) => {
      await ctx.services.users.call(ctx, { path: '/update-user', body: input });
      return DONE;
    }),

  changePassword: userMutation()
    .meta({
      rest: 'changePassword PUT /users/me/password',
      doc:
        'Changes the password, and signs out everywhere else. An account without one gets its first ' +
        'without `current`. Refusals: `credentials_wrong`, `input_invalid`, `session_stale`.',
    })
    .input(z.strictObject({ current: password.optional(), password }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input: { current, password: newPassword } }) => {
      await limitAddress(ctx, 'sign_in');
      const { users, now } = ctx.services;
      if (current === undefined) {
        requireFreshSession(ctx.user, now());
        await users.setFirstPassword(browserHeaders(ctx.req), newPassword);
        return DONE;
      }
      const forget = await limitAccount(ctx, 'sign_in', ctx.user.email);
      const body = { currentPassword: current, newPassword, revokeOtherSessions: true };
      await users.call(ctx, { path: '/change-password', body });
      await forget();
      return DONE;
    }),

  changeEmail: userMutation()
    .meta({
      rest: 'changeEmail PUT /users/me/email',
      doc:
        'Begins a change of the address: a link goes to the present one, and once it was opened another to ' +
        'the new one, which changes it. The answer is the same where the new address has an account. ' +
        'Refusal: `attempts_exceeded`.',
    })
    .input(z.strictObject({ email: address }))
    .output(mailedAnswer)
    .mutation(async ({ ctx, input: { email } }) => {
      await limitAccount(ctx, 'email', ctx.user.email);
      if (email === ctx.user.email) throw fail('stage_forbids', 'This is your address already.');
      await ctx.services.users.call(ctx, { path: '/change-email', body: { newEmail: email } });
      return MAILED;
    }),

  delete: userMutation()
    .meta({
      rest: 'deleteUser DELETE /users/me',
      doc:
        'Begins to delete the account: a link goes to the address, and `users.confirmDelete` takes it. ' +
        'What the audit log has of the user stays, by id. Refusals: `last_owner`, `attempts_exceeded`.',
    })
    .input(z.strictObject({}).prefault({}))
    .output(mailedAnswer)
    .mutation(async ({ ctx }) => {
      await limitAccount(ctx, 'email', ctx.user.email);
      await refuseSoleOwner(ctx.services.db, ctx.user.userId);
      await ctx.services.users.call(ctx, { path: '/delete-user', body: {} });
      return MAILED;
    }),

  confirmDelete: userMutation()
    .meta({
      rest: 'confirmDeleteUser POST /users/me/delete',
      doc:
        'Deletes the account that is signed in, by the link of an e-mail. Refusals: `link_unusable`, ' +
        '`last_owner`, `attempts_exceeded`.',
    })
    .input(z.strictObject({ token: linkToken }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input: { token } }) => {
      await limitAddress(ctx, 'link');
      const { db, users, now } = ctx.services;
      const { userId } = ctx.user;
      await db.$transaction((tx) => deleteUser(tx, { userId, token, now_ms: now() }));
      // Takes the cookies of the session, which went with the account.
      await users.call(ctx, { path: '/sign-out' });
      return DONE;
    }),
};
