import { z } from 'zod';
import { addDays } from '../../domain/time.ts';
import { insertCommand } from '../../engine/events/commands.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { policyInForce } from '../../engine/policies/in-force.ts';
import { statusNow } from '../cache/programs.ts';
import { fail, notFound } from '../http/errors.ts';
import { createLink } from '../links/create.ts';
import { allowedDestination } from '../links/destination.ts';
import { referralView } from '../referrals/view.ts';
import { findMember } from '../trpc/lookups.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { futureInstant, id, name } from '../trpc/schemas.ts';
import { linkView } from '../trpc/views.ts';

const createInput = z.strictObject({
  memberId: id,
  campaign: name.optional(),
  destination: z.string().max(2_048).optional(),
  /** Earlier than the policy's own limit, which holds otherwise. */
  expiresAt: futureInstant.optional(),
});

export const invitationsRouter = router({
  /**
   * Issues a personal link, good for one signup. Its referral begins now, under the policy in force, and has
   * the link's id.
   */
  create: mutation('links:write')
    .input(createInput)
    .mutation(async ({ ctx, input }) => {
      const { services, tx, programId } = ctx;
      const now = new Date(services.now());
      const member = await findMember(tx, programId, input.memberId);
      const [program, current] = await Promise.all([
        services.programs.get(programId),
        policyInForce(tx, programId),
      ]);
      if (program === null || current === null) throw notFound('program');
      if (statusNow(program, now.getTime()) !== 'live') {
        throw fail('program_not_live', 'The program is not live: it issues no invitations.');
      }
      const { isDevelopment, publicUrl } = services.settings;
      const { destination: raw } = input;
      const destination =
        raw === undefined ? undefined : allowedDestination(raw, program.allowedHosts, isDevelopment);
      const latest_ms = addDays(now.getTime(), current.policy.invitation_days);
      const asked_ms = input.expiresAt === undefined ? latest_ms : Date.parse(input.expiresAt);
      const expiresAt = new Date(Math.min(latest_ms, asked_ms));
      const wanted = {
        programId,
        memberId: member.id,
        kind: 'personal' as const,
        campaign: input.campaign,
        destination,
        expiresAt,
      };
      const link = await createLink(tx, wanted);
      const payload = { linkId: link.id, memberId: member.id };
      const eventId = await insertCommand(tx, {
        programId,
        type: 'invitation.issued',
        workflowId: referralWorkflow(link.id),
        payload,
        now,
      });
      ctx.afterCommit(() => services.links.forget(link.code));
      return { link: linkView(link, publicUrl), referralId: link.id, eventId };
    }),

  /** A personal link, and its referral once the workflow has begun it. */
  get: query()
    .input(z.strictObject({ id }))
    .query(async ({ ctx, input }) => {
      const where = { programId_id: { programId: ctx.programId, id: input.id } };
      const { db, settings } = ctx.services;
      const [link, referral] = await Promise.all([
        db.link.findUnique({ where }),
        db.referral.findUnique({ where }),
      ]);
      if (link === null || link.kind !== 'personal') throw notFound('invitation');
      return {
        link: linkView(link, settings.publicUrl),
        referral: referral === null ? null : referralView(referral),
      };
    }),
});
