import { z } from 'zod';
import { checkSlug } from '../../domain/links/code.ts';
import { audit } from '../../engine/audit/record.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { findMember } from '../trpc/lookups.ts';
import { mutation, query, router } from '../trpc/procedures.ts';
import { futureInstant, id, name, pageFields } from '../trpc/schemas.ts';
import { linkView } from '../trpc/views.ts';
import { createLink } from './create.ts';
import { allowedDestination } from './destination.ts';

const createInput = z.strictObject({
  memberId: id,
  /** A vanity slug; left out, a code is drawn. */
  slug: z.string().max(200).optional(),
  campaign: name.optional(),
  /** On one of the program's allowed hosts; left out: the program's default. */
  destination: z.string().max(2_048).optional(),
  expiresAt: futureInstant.optional(),
});

export const linksRouter = router({
  /**
   * Makes a shared link for a member: plain, with a vanity slug, or for a campaign with its own destination.
   */
  create: mutation('links:write')
    .input(createInput)
    .mutation(async ({ ctx, input }) => {
      const { services, tx, programId } = ctx;
      const member = await findMember(tx, programId, input.memberId);
      const program = await services.programs.get(programId);
      if (program === null) throw notFound('program');
      const slug = input.slug === undefined ? undefined : unwrap(checkSlug(input.slug));
      const destination =
        input.destination === undefined
          ? undefined
          : allowedDestination(input.destination, program.allowedHosts, services.settings.isDevelopment);
      const expiresAt = input.expiresAt === undefined ? undefined : new Date(input.expiresAt);
      const wanted = {
        programId,
        memberId: member.id,
        kind: 'shared' as const,
        slug,
        campaign: input.campaign,
        destination,
        expiresAt,
      };
      const link = await createLink(tx, wanted);
      // Someone may have tried the address before it was there.
      ctx.afterCommit(() => services.links.forget(link.code));
      return linkView(link, services.settings.publicUrl);
    }),

  /** Clicks on it no longer count, and signups with its code are refused. */
  disable: mutation('links:write')
    .input(z.strictObject({ id }))
    .mutation(async ({ ctx, input }) => {
      const { programId, services, tx } = ctx;
      const [link] = await tx.link.updateManyAndReturn({
        where: { programId, id: input.id },
        data: { status: 'disabled' },
      });
      if (link === undefined) throw notFound('link');
      await audit(tx, { programId, actor: ctx.actor, action: 'link.disabled', subject: link.id });
      ctx.afterCommit(() => services.links.forget(link.code));
      return linkView(link, services.settings.publicUrl);
    }),

  get: query()
    .input(z.strictObject({ id }))
    .query(async ({ ctx, input }) => {
      const link = await ctx.services.db.link.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
      });
      if (link === null) throw notFound('link');
      return linkView(link, ctx.services.settings.publicUrl);
    }),

  /** Links, the newest first; of one member when named. */
  list: query()
    .input(z.strictObject({ ...pageFields, memberId: id.optional() }).prefault({}))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.link.findMany(newest({ programId: ctx.programId }, input));
      return newestPage(rows, input, (row) => linkView(row, ctx.services.settings.publicUrl));
    }),
});
