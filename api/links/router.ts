import { z } from 'zod';
import { checkSlug } from '../../domain/links/code.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { byMemberId, findMemberToChange } from '../trpc/lookups.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, pageFields } from '../trpc/schemas.ts';
import { anyMember, MEMBER } from '../trpc/which-member.ts';
import { countClicks, linkClicksAnswer, linkClicksInput } from './clicks.ts';
import { createLink } from './create.ts';
import { allowedDestination } from './destination.ts';
import { readLinks } from './read.ts';
import { createLinkInput, linkAnswer } from './schema.ts';
import { switchProcedures } from './switch.ts';
import { linkView } from './view.ts';

const listInput = anyMember([{ ...MEMBER, about: "Only this member's links." }], pageFields).prefault({});

export const linksRouter = router({
  create: mutation()
    .meta({
      rest: 'createLink POST /links',
      doc:
        'Makes a shared link for a member: plain, with a vanity slug, or for a campaign with its own ' +
        'destination. Returns the link with its address. Refusals: `member_unknown`, `slug_malformed`, ' +
        '`slug_reserved`, `slug_profane`, `slug_taken` (by any program), `destination_forbidden`.',
    })
    .input(createLinkInput)
    .output(linkAnswer)
    .mutation(async ({ ctx, input }) => {
      const { services, tx, programId } = ctx;
      const member = await findMemberToChange(tx, programId, input);
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
      return linkView(link, services.settings);
    }),

  ...switchProcedures,

  get: query()
    .meta({ rest: 'getLink GET /links/{id}', doc: 'Returns one link. Refusal: `not_found`.' })
    .input(z.strictObject({ id }))
    .output(linkAnswer)
    .query(async ({ ctx, input }) => {
      const link = await ctx.services.db.link.findUnique({
        where: { programId_id: { programId: ctx.programId, id: input.id } },
      });
      if (link === null) throw notFound('link');
      return linkView(link, ctx.services.settings);
    }),

  clicks: query()
    .meta({
      rest: 'countLinkClicks GET /links/{id}/clicks',
      doc:
        'Counts how often people followed a link, by day and source. Robots, previews and repeated clicks ' +
        'within an hour do not count. Refusal: `not_found`.',
    })
    .input(linkClicksInput)
    .output(linkClicksAnswer)
    .query(({ ctx, input }) => countClicks(ctx.services.db, ctx.programId, input)),

  list: query()
    .meta({
      rest: 'listLinks GET /links',
      doc: 'Lists links, shared and personal, the newest first; of one member when named.',
    })
    .input(listInput)
    .output(pageAnswer(linkAnswer))
    .query(async ({ ctx: { services, programId }, input }) =>
      readLinks(services, programId, await byMemberId(services.db, programId, input)),
    ),
});
