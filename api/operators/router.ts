import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import type { OperatorInvitation } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { newest, newestPage, wholePage } from '../trpc/cursor.ts';
import { mutation, scoped } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { userMutation } from '../trpc/user-procedures.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { address } from '../users/schema.ts';
import { acceptInvitation } from './accept.ts';
import { changeOperator } from './change.ts';
import { invite, requireMayAssign } from './invite.ts';
import {
  acceptedInvitationAnswer,
  changedOperatorAnswer,
  operatorAnswer,
  operatorInvitationAnswer,
  role,
} from './schema.ts';

/** Operators are people of one company: more than a page of them is a mistake somewhere. */
const OPERATORS_MAX = 500;

const invitationView = (row: OperatorInvitation): z.infer<typeof operatorInvitationAnswer> => ({
  id: row.id,
  email: row.email,
  role: row.role,
  createdAt: iso(row.createdAt),
  expiresAt: iso(row.expiresAt),
  acceptedAt: isoOrNull(row.acceptedAt),
  revokedAt: isoOrNull(row.revokedAt),
});

/** Who signs in to a program, and in which role. */
export const operatorsRouter = router({
  list: scoped()
    .meta({
      rest: 'listOperators GET /operators',
      doc: 'Lists who operates the program, and in which role. At most 500.',
    })
    .output(pageAnswer(operatorAnswer))
    .query(async ({ ctx }) => {
      const rows = await ctx.services.db.operator.findMany({
        where: { programId: ctx.programId },
        include: { user: { select: { name: true, email: true } } },
        orderBy: [{ createdAt: 'asc' }, { userId: 'asc' }],
        take: OPERATORS_MAX,
      });
      return wholePage(
        rows.map(({ userId, user, role: its, createdAt }) => ({
          userId,
          ...user,
          role: its,
          createdAt: iso(createdAt),
        })),
      );
    }),

  invite: mutation()
    .meta({
      rest: 'inviteOperator POST /operators/invitations',
      doc:
        'Invites an address to operate the program in a role: an e-mail with a link goes there, good once ' +
        'and for seven days, and only for who has that address. An open invitation for the same address ' +
        'ends. Keys invite no owners. Refusals: `scope_missing`, `stage_forbids` (at most 100 are open).',
    })
    .input(z.strictObject({ email: address, role }))
    .output(operatorInvitationAnswer)
    .mutation(async ({ ctx, input }) => {
      requireMayAssign(ctx.principal, input.role);
      const invitation = await invite(ctx, input);
      const { tx, programId, actor } = ctx;
      const detail = { role: input.role };
      await audit(tx, { programId, actor, action: 'operator.invited', subject: invitation.id, detail });
      return invitationView(invitation);
    }),

  invitations: scoped()
    .meta({
      rest: 'listOperatorInvitations GET /operators/invitations',
      doc: 'Lists invitations of operators, the newest first.',
    })
    .input(z.strictObject(pageFields).prefault({}))
    .output(pageAnswer(operatorInvitationAnswer))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.operatorInvitation.findMany(
        newest({ programId: ctx.programId }, input),
      );
      return newestPage(rows, input, invitationView);
    }),

  revokeInvitation: mutation()
    .meta({
      rest: 'revokeOperatorInvitation DELETE /operators/invitations/{id}',
      doc: 'Ends an invitation. Refusal: `not_found`, also for one that was accepted.',
    })
    .input(z.strictObject({ id }))
    .output(operatorInvitationAnswer)
    .mutation(async ({ ctx: { tx, programId, actor, services }, input }) => {
      const where = { programId, id: input.id, acceptedAt: null };
      const { count } = await tx.operatorInvitation.updateMany({
        where: { ...where, revokedAt: null },
        data: { revokedAt: new Date(services.now()) },
      });
      const row = await tx.operatorInvitation.findFirst({ where });
      if (row === null) throw notFound('invitation');
      if (count === 1) await audit(tx, { programId, actor, action: 'operator.uninvited', subject: row.id });
      return invitationView(row);
    }),

  setRole: mutation()
    .meta({
      rest: 'setOperatorRole PUT /operators/{userId}/role',
      doc:
        'Gives an operator another role. Only an owner makes or changes owners. Refusals: `not_found`, ' +
        '`scope_missing`, `last_owner`.',
    })
    .input(z.strictObject({ userId: id, role }))
    .output(changedOperatorAnswer)
    .mutation(async ({ ctx, input }) => {
      await changeOperator(ctx, ctx.principal, input);
      return input;
    }),

  remove: mutation()
    .meta({
      rest: 'removeOperator DELETE /operators/{userId}',
      doc:
        "Takes an operator's role away, at once. The keys that they made stay: revoke those apart. " +
        'Refusals: `not_found`, `scope_missing`, `last_owner`.',
    })
    .input(z.strictObject({ userId: id }))
    .output(changedOperatorAnswer)
    .mutation(async ({ ctx, input: { userId } }) => {
      await changeOperator(ctx, ctx.principal, { userId, role: null });
      return { userId, role: null };
    }),

  accept: userMutation()
    .meta({
      rest: 'acceptInvitation POST /users/me/invitations',
      doc:
        'Makes whoever is signed in an operator, by the token of an invitation for their address. An ' +
        'operator of the program keeps the role they have. Refusal: `link_unusable`.',
    })
    .input(z.strictObject({ token: z.string().min(1).max(200) }))
    .output(acceptedInvitationAnswer)
    .mutation(({ ctx: { services, user }, input }) =>
      acceptInvitation(services.db, user, input.token, new Date(services.now())),
    ),

  leave: userMutation()
    .meta({
      rest: 'leaveProgram DELETE /users/me/programs/{programId}',
      doc: 'Gives up a role of one’s own in a program. Refusals: `not_found`, `last_owner`.',
    })
    .input(z.strictObject({ programId: id }))
    .output(changedOperatorAnswer)
    .mutation(async ({ ctx: { services, user, actor }, input: { programId } }) => {
      const change = { userId: user.userId, role: null };
      await services.db.$transaction((tx) => changeOperator({ tx, programId, actor }, null, change));
      return change;
    }),
});
