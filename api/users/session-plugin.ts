import type { BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { z } from 'zod';

/** Lets us sign in whom we have recognized ourselves, with sessions and cookies as the library makes them. */
export const ownSignIns = () =>
  ({
    id: 'own-sign-ins',
    endpoints: {
      // It has no path: no request reaches it.
      startSession: createAuthEndpoint.serverOnly(
        { method: 'POST', body: z.object({ userId: z.uuid() }) },
        async (ctx) => {
          const { internalAdapter } = ctx.context;
          const user = await internalAdapter.findUserById(ctx.body.userId);
          if (user === null) throw ctx.error('UNAUTHORIZED');
          await setSessionCookie(ctx, { session: await internalAdapter.createSession(user.id), user });
          return ctx.json({ done: true });
        },
      ),
    },
  }) satisfies BetterAuthPlugin;
