import { z } from 'zod';
import { idAnswer } from '../trpc/answers.ts';
import { id } from '../trpc/schemas.ts';
import { publicMutation, userMutation, userQuery } from '../trpc/user-procedures.ts';
import { iso } from '../trpc/views.ts';
import { keepChallenge, takeChallenge } from './passkey-challenges.ts';
import { newCredential, optionsAnswer, passkeyAnswer, usedCredential } from './passkey-schema.ts';
import { addPasskey, creationOptions, PASSKEYS_MAX, requestOptions, usePasskey } from './passkeys.ts';
import { DONE, doneAnswer, personName } from './schema.ts';
import { requireFreshSession } from './session.ts';
import { limitAddress } from './throttle.ts';
import { removeWayIn } from './ways-in.ts';

const nothing = z.strictObject({}).prefault({});

/** Passkeys (WebAuthn 3): what one has, and what unlocks it, are two factors, so no other is asked for. */
export const passkeyProcedures = {
  passkeys: userQuery()
    .meta({ rest: 'listPasskeys GET /users/me/passkeys', doc: 'Lists the passkeys of the user. At most 20.' })
    .output(z.strictObject({ items: z.array(passkeyAnswer) }).meta({ id: 'Passkeys' }))
    .query(async ({ ctx: { user, services } }) => {
      const rows = await services.db.passkey.findMany({
        where: { userId: user.userId },
        select: { id: true, name: true, createdAt: true, lastUsedAt: true },
        orderBy: { createdAt: 'asc' },
        take: PASSKEYS_MAX,
      });
      const items = rows.map((row) => ({
        ...row,
        createdAt: iso(row.createdAt),
        lastUsedAt: row.lastUsedAt === null ? null : iso(row.lastUsedAt),
      }));
      return { items };
    }),

  beginPasskey: userMutation()
    .meta({
      rest: 'beginPasskey POST /users/me/passkeys/begin',
      doc:
        'Begins to add a passkey: `navigator.credentials.create()` takes `options`. Refusals: ' +
        '`stage_forbids` (the user has 20), `session_stale`.',
    })
    .input(nothing)
    .output(optionsAnswer)
    .mutation(async ({ ctx }) => {
      requireFreshSession(ctx.user, ctx.services.now());
      const { db, settings } = ctx.services;
      const options = await creationOptions(db, settings.publicUrl, ctx.user);
      await keepChallenge(ctx, options.challenge, ctx.user.userId);
      return { options: { ...options } };
    }),

  addPasskey: userMutation()
    .meta({
      rest: 'addPasskey POST /users/me/passkeys',
      doc:
        'Adds the passkey that the browser made. Refusals: `passkey_wrong`, `stage_forbids`, ' +
        '`session_stale`.',
    })
    .input(z.strictObject({ name: personName, credential: newCredential }))
    .output(z.strictObject({ id: idAnswer }).meta({ id: 'AddedPasskey' }))
    .mutation(async ({ ctx, input: { name, credential: response } }) => {
      requireFreshSession(ctx.user, ctx.services.now());
      const { db, settings } = ctx.services;
      const { userId } = ctx.user;
      const challenge = await takeChallenge(ctx, userId);
      return { id: await addPasskey(db, settings.publicUrl, { userId, name, challenge, response }) };
    }),

  removePasskey: userMutation()
    .meta({
      rest: 'removePasskey DELETE /users/me/passkeys/{id}',
      doc:
        'Removes a passkey. The last of password, providers and passkeys stays. Refusals: `not_found`, ' +
        '`stage_forbids`, `session_stale`.',
    })
    .input(z.strictObject({ id }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input }) => {
      requireFreshSession(ctx.user, ctx.services.now());
      await removeWayIn(ctx.services.db, ctx.user.userId, { passkeyId: input.id });
      return DONE;
    }),

  beginPasskeySignIn: publicMutation()
    .meta({
      rest: 'beginPasskeySignIn POST /users/sign-in/passkey/begin',
      doc:
        'Begins to sign in with a passkey: `navigator.credentials.get()` takes `options`, and lets the ' +
        'user choose. Refusal: `attempts_exceeded`.',
    })
    .input(nothing)
    .output(optionsAnswer)
    .mutation(async ({ ctx }) => {
      await limitAddress(ctx, 'link');
      const options = await requestOptions(ctx.services.settings.publicUrl);
      await keepChallenge(ctx, options.challenge, null);
      return { options: { ...options } };
    }),

  signInWithPasskey: publicMutation()
    .meta({
      rest: 'signInWithPasskey POST /users/sign-in/passkey',
      doc:
        'Signs in with what the passkey answered. No second factor is asked for. Refusals: ' +
        '`passkey_wrong`, `attempts_exceeded`.',
    })
    .input(z.strictObject({ credential: usedCredential }))
    .output(doneAnswer)
    .mutation(async ({ ctx, input: { credential } }) => {
      await limitAddress(ctx, 'sign_in');
      const { db, settings, users } = ctx.services;
      const challenge = await takeChallenge(ctx, null);
      await users.signInAs(ctx, await usePasskey(db, settings.publicUrl, challenge, credential));
      return DONE;
    }),
};
