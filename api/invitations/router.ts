import { z } from 'zod';
import { invitationEnd } from '../../domain/referrals/invitation.ts';
import { insertCommand } from '../../engine/events/commands.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { statusNow } from '../cache/programs.ts';
import { fail, notFound } from '../http/errors.ts';
import { createLink } from '../links/create.ts';
import { allowedDestination } from '../links/destination.ts';
import { linkView } from '../links/view.ts';
import { referralView } from '../referrals/view.ts';
import { router } from '../trpc/builder.ts';
import { findMemberToChange } from '../trpc/lookups.ts';
import { decidedMutation, query } from '../trpc/procedures.ts';
import { id } from '../trpc/schemas.ts';
import { createInvitationInput, invitationAnswer, issuedInvitationAnswer } from './schema.ts';

export const invitationsRouter = router({
  create: decidedMutation()
    .meta({
      rest: 'createInvitation POST /invitations',
      doc:
        'Issues a personal link of a member, good for one signup. Its referral begins now, under the ' +
        "policy in force, and has the link's id. Returns the link, and the ids of the referral and of the " +
        'event that begins it; `wait_ms` waits until it has begun. Refusals: `member_unknown`, ' +
        '`program_not_live`, `destination_forbidden`.',
    })
    .input(createInvitationInput)
    .output(issuedInvitationAnswer)
    .mutation(async ({ ctx, input }) => {
      const { services, tx, programId } = ctx;
      const now = new Date(services.now());
      const member = await findMemberToChange(tx, programId, input);
      const [program, current] = await Promise.all([
        services.programs.get(programId),
        policyInForce(tx, programId),
      ]);
      if (program === null || current === null) throw notFound('program');
      if (statusNow(program, now.getTime()) !== 'live') {
        throw fail('program_not_live', 'The program is not live: it issues no invitations.');
      }
      const { isDevelopment } = services.settings;
      const { destination: raw } = input;
      const destination =
        raw === undefined ? undefined : allowedDestination(raw, program.allowedHosts, isDevelopment);
      const asked_ms = input.expiresAt === undefined ? null : Date.parse(input.expiresAt);
      const expiresAt = new Date(invitationEnd(current.policy, now.getTime(), asked_ms));
      const wanted = {
        programId,
        memberId: member.id,
        kind: 'personal' as const,
        campaign: input.campaign,
        destination,
        expiresAt,
        // By the clock that its policy was published by.
        createdAt: now,
      };
      const link = await createLink(tx, wanted);
      const payload = { linkId: link.id, memberId: member.id };
      const eventId = await insertCommand(tx, {
        programId,
        type: 'invitation.issued',
        workflowId: referralWorkflow(link.id),
        payload,
        now,
        awaited: input.wait_ms > 0,
      });
      ctx.afterCommit(() => services.links.forget(link.code));
      return {
        link: linkView(link, services.settings),
        referralId: link.id,
        eventId,
        status: 'accepted' as const,
        outcome: null,
      };
    }),

  get: query()
    .meta({
      rest: 'getInvitation GET /invitations/{id}',
      doc:
        'Returns a personal link by its id, and its referral once the engine has begun it. Refusal: ' +
        '`not_found`, for a shared link too.',
    })
    .input(z.strictObject({ id }))
    .output(invitationAnswer)
    .query(async ({ ctx, input }) => {
      const where = { programId_id: { programId: ctx.programId, id: input.id } };
      const { db, settings } = ctx.services;
      const [link, referral] = await Promise.all([
        db.link.findUnique({ where }),
        db.referral.findUnique({ where }),
      ]);
      if (link === null || link.kind !== 'personal') throw notFound('invitation');
      return {
        link: linkView(link, settings),
        referral: referral === null ? null : referralView(referral),
      };
    }),
});
