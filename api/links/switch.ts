import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Link, LinkStatus } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { mutation } from '../trpc/procedures.ts';
import { id, note, requiredNote } from '../trpc/schemas.ts';
import { linkAnswer } from './schema.ts';
import { linkView } from './view.ts';

/** An operator switches a link off and on again, the one that a member got with their code too. */
export const switchProcedures = {
  disable: mutation()
    .meta({
      rest: 'disableLink POST /links/{id}/disable',
      doc:
        'Disables a link, until it is enabled: clicks on it no longer count, and signups with its code are ' +
        'refused. Returns the link; one that is disabled already stays as it is. Refusal: `not_found`.',
    })
    .input(z.strictObject({ id, note }))
    .output(linkAnswer)
    .mutation(async ({ ctx, input }) => {
      const link = await switchLink(ctx, input, 'disabled');
      ctx.afterCommit(() => ctx.services.links.forget(link.code));
      return linkView(link, ctx.services.settings);
    }),

  enable: mutation()
    .meta({
      rest: 'enableLink POST /links/{id}/enable',
      doc:
        'Enables a link that was disabled: clicks on it count again, and signups with its code are taken. ' +
        'Clicks from in between are not made up for. Returns the link; one that is enabled already stays ' +
        'as it is. Refusal: `not_found`.',
    })
    .input(z.strictObject({ id, note: requiredNote }))
    .output(linkAnswer)
    .mutation(async ({ ctx, input }) => {
      const link = await switchLink(ctx, input, 'active');
      ctx.afterCommit(() => ctx.services.links.forget(link.code));
      return linkView(link, ctx.services.settings);
    }),
};

interface Operator {
  readonly tx: Tx;
  readonly programId: string;
  readonly actor: string;
}

const ACTIONS = { disabled: 'link.disabled', active: 'link.enabled' } as const;

/**
 * Sets what a link is, and audits it where that is a change. Nothing waits for a link, so it has no workflow,
 * and the change is done at once.
 */
async function switchLink(
  { tx, programId, actor }: Operator,
  { id: linkId, note: why }: { readonly id: string; readonly note?: string | undefined },
  status: LinkStatus,
): Promise<Link> {
  const [changed] = await tx.link.updateManyAndReturn({
    where: { programId, id: linkId, status: { not: status } },
    data: { status },
  });
  if (changed !== undefined) {
    const detail = { note: why ?? null, memberId: changed.memberId };
    await audit(tx, { programId, actor, action: ACTIONS[status], subject: linkId, detail });
    return changed;
  }
  const link = await tx.link.findUnique({ where: { programId_id: { programId, id: linkId } } });
  if (link === null) throw notFound('link');
  return link;
}
