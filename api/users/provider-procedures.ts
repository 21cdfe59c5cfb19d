import { z } from 'zod';
import { below } from '../../domain/address.ts';
import { ACCOUNT, accountUrl } from '../../engine/users/urls.ts';
import type { Services } from '../context.ts';
import { notFound } from '../http/errors.ts';
import { publicMutation, publicQuery, userMutation } from '../trpc/user-procedures.ts';
import { DONE, doneAnswer } from './schema.ts';
import { requireFreshSession } from './session.ts';
import { limitAddress } from './throttle.ts';
import { removeWayIn } from './ways-in.ts';

const providerId = z
  .string()
  .min(1)
  .max(40)
  .meta({ description: 'As `users.providers` lists it.', examples: ['acme'] });

const providerInput = z.strictObject({ provider: providerId });

const urlAnswer = z
  .strictObject({ url: z.string() })
  .meta({ id: 'ProviderAddress', description: 'Send the browser there, within five minutes.' });

/** What the sign-in library answers; it is checked, because it is not ours. */
const libraryAnswer = z.object({ url: z.url() });

const providersOf = ({ settings }: Services) => settings.oidcProviders ?? [];

function requireProvider(services: Services, provider: string): void {
  if (!providersOf(services).some(({ id }) => id === provider)) throw notFound('provider');
}

/** Signing in with accounts elsewhere, at providers that this deployment is configured with. */
export const providerProcedures = {
  providers: publicQuery()
    .meta({
      rest: 'listIdentityProviders GET /users/providers',
      doc: 'Lists the providers with which one may sign in.',
    })
    .output(
      z
        .strictObject({ items: z.array(z.strictObject({ id: z.string(), name: z.string() })) })
        .meta({ id: 'IdentityProviders' }),
    )
    .query(({ ctx }) => ({ items: providersOf(ctx.services).map(({ id, name }) => ({ id, name })) })),

  signInWithProvider: publicMutation()
    .meta({
      rest: 'signInWithProvider POST /users/sign-in/provider',
      doc:
        'Begins to sign in at a provider (OpenID Connect). The browser that asks goes to `url`, and comes ' +
        'back to `/account`, signed in; or to `/account/sign-in`, with a code in `error`, or with ' +
        '`secondFactor=asked`. Refusals: `not_found`, `identity_provider_unavailable`, `attempts_exceeded`.',
    })
    .input(providerInput)
    .output(urlAnswer)
    .mutation(async ({ ctx, input: { provider } }) => {
      requireProvider(ctx.services, provider);
      await limitAddress(ctx, 'link');
      const { users, settings } = ctx.services;
      const body = {
        provider,
        callbackURL: below(settings.publicUrl, ACCOUNT),
        errorCallbackURL: accountUrl(settings.publicUrl, 'sign-in'),
      };
      const { url } = libraryAnswer.parse(await users.call(ctx, { path: '/sign-in/social', body }));
      return { url };
    }),

  linkProvider: userMutation()
    .meta({
      rest: 'linkProvider POST /users/me/providers',
      doc:
        'Begins to link an account at a provider, so that it signs the user in from then on. The browser ' +
        'goes to `url`, and comes back to `/account`, with a code in `error` when it was refused. ' +
        'Refusals: `not_found`, `session_stale`, `identity_provider_unavailable`, `attempts_exceeded`.',
    })
    .input(providerInput)
    .output(urlAnswer)
    .mutation(async ({ ctx, input: { provider } }) => {
      requireProvider(ctx.services, provider);
      await limitAddress(ctx, 'link');
      requireFreshSession(ctx.user, ctx.services.now());
      const { users, settings } = ctx.services;
      const account = below(settings.publicUrl, ACCOUNT);
      const body = { provider, callbackURL: account, errorCallbackURL: account };
      const { url } = libraryAnswer.parse(await users.call(ctx, { path: '/link-social', body }));
      return { url };
    }),

  unlinkProvider: userMutation()
    .meta({
      rest: 'unlinkProvider DELETE /users/me/providers/{provider}',
      doc:
        'Takes a provider from the account. The last of password, providers and passkeys stays. Refusals: ' +
        '`not_found`, `stage_forbids`, `session_stale`.',
    })
    .input(providerInput)
    .output(doneAnswer)
    .mutation(async ({ ctx, input: { provider } }) => {
      requireFreshSession(ctx.user, ctx.services.now());
      await removeWayIn(ctx.services.db, ctx.user.userId, { provider });
      return DONE;
    }),
};
