import { twoFactor } from 'better-auth/plugins';

/** Where the sign-in library answers browsers that come back from a provider. */
const CALLBACK = '/callback/:id';

/**
 * The library's second factor, asked for after signing in at a provider too: who set one up does not get in
 * without it because of what somebody else checked.
 */
export function secondFactor(issuer: string) {
  const plugin = twoFactor({ issuer, allowPasswordless: true, twoFactorTable: 'userTwoFactor' });
  const after = plugin.hooks.after.map((hook) => ({
    ...hook,
    matcher: (context: Parameters<typeof hook.matcher>[0]) =>
      context.path === CALLBACK || hook.matcher(context),
  }));
  return { ...plugin, hooks: { ...plugin.hooks, after } };
}
