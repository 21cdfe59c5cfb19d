import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { setEndpoint } from '../../engine/payouts/endpoint.ts';
import { isEndpoint } from '../../platform/outbound.ts';
import { fail, notFound } from '../http/errors.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { iso } from '../trpc/views.ts';

/** The procedures about the endpoint of the method `http`. */
export const endpointProcedures = {
  /**
   * Sets where the method `http` asks the host to pay. The answer shows the new secret of its signatures
   * once; the secret before it is used no more.
   */
  setEndpoint: mutation('payouts:write')
    .meta({ shownOnce: 'secret' })
    .input(z.strictObject({ url: z.string().min(1).max(2_048) }))
    .mutation(async ({ ctx, input: { url } }) => {
      const { tx, programId, actor } = ctx;
      const { badgeSecret, allowInternalEndpoints = false } = ctx.services.settings;
      if (!isEndpoint(url, allowInternalEndpoints)) {
        throw fail('endpoint_forbidden', 'An endpoint is a public https address, without user and fragment.');
      }
      const now = new Date(ctx.services.now());
      const secret: string | null = await setEndpoint(tx, programId, { url, secret: badgeSecret, now });
      await audit(tx, { programId, actor, action: 'payouts.endpoint_set', subject: programId });
      return { url, updatedAt: iso(now), secret };
    }),

  /** The endpoint, without its secret. */
  endpoint: query().query(async ({ ctx }) => {
    const row = await ctx.services.db.payoutEndpoint.findUnique({ where: { programId: ctx.programId } });
    if (row === null) throw notFound('payout endpoint');
    return { url: row.url, updatedAt: iso(row.updatedAt) };
  }),

  /** Forgets the endpoint: what the method `http` is to pay then waits for an operator. */
  removeEndpoint: mutation('payouts:write').mutation(async ({ ctx }) => {
    const { tx, programId, actor } = ctx;
    const { count } = await tx.payoutEndpoint.deleteMany({ where: { programId } });
    if (count === 0) throw notFound('payout endpoint');
    await audit(tx, { programId, actor, action: 'payouts.endpoint_removed', subject: programId });
    return { removed: true };
  }),
};
