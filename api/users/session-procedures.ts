import { z } from 'zod';
import { notFound } from '../http/errors.ts';
import { id } from '../trpc/schemas.ts';
import { publicMutation, userMutation, userQuery } from '../trpc/user-procedures.ts';
import { iso } from '../trpc/views.ts';
import { DONE, doneAnswer, sessionAnswer } from './schema.ts';

const SESSIONS_MAX = 200;

/** Where a user is signed in, and how that ends. */
export const sessionProcedures = {
  signOut: publicMutation()
    .meta({ rest: 'signOut POST /users/sign-out', doc: 'Ends the session, if there is one.' })
    .input(z.strictObject({}).prefault({}))
    .output(doneAnswer)
    .mutation(async ({ ctx }) => {
      const { db, users } = ctx.services;
      // The library takes the cookie even where it could not end the session, which a copy would still open.
      const user = await users.find(ctx.req);
      if (user !== null) await db.userSession.deleteMany({ where: { id: user.sessionId } });
      await users.call(ctx, { path: '/sign-out' });
      return DONE;
    }),

  sessions: userQuery()
    .meta({
      rest: 'listSessions GET /users/me/sessions',
      doc: 'Lists the browsers in which the user is signed in, the newest first. At most 200.',
    })
    .output(z.strictObject({ items: z.array(sessionAnswer) }).meta({ id: 'Sessions' }))
    .query(async ({ ctx: { user, services } }) => {
      const rows = await services.db.userSession.findMany({
        where: { userId: user.userId, expiresAt: { gt: new Date(services.now()) } },
        orderBy: { createdAt: 'desc' },
        take: SESSIONS_MAX,
      });
      const items = rows.map((row) => ({
        id: row.id,
        isThis: row.id === user.sessionId,
        browser: row.userAgent === '' ? null : row.userAgent,
        createdAt: iso(row.createdAt),
        expiresAt: iso(row.expiresAt),
      }));
      return { items };
    }),

  endSession: userMutation()
    .meta({ rest: 'endSession DELETE /users/me/sessions/{id}', doc: 'Signs one browser of the user out.' })
    .input(z.strictObject({ id }))
    .output(doneAnswer)
    .mutation(async ({ ctx: { user, services }, input }) => {
      const { count } = await services.db.userSession.deleteMany({
        where: { id: input.id, userId: user.userId },
      });
      if (count === 0) throw notFound('session');
      return DONE;
    }),

  endSessions: userMutation()
    .meta({
      rest: 'endSessions DELETE /users/me/sessions',
      doc: 'Signs the user out everywhere, here too.',
    })
    .input(z.strictObject({}).prefault({}))
    .output(doneAnswer)
    .mutation(async ({ ctx: { user, services } }) => {
      await services.db.userSession.deleteMany({ where: { userId: user.userId } });
      return DONE;
    }),
};
