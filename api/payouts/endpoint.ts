import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import { setEndpoint } from '../../engine/payouts/endpoint.ts';
import { isEndpoint } from '../../platform/outbound.ts';
import { fail, notFound } from '../http/errors.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { iso } from '../trpc/views.ts';
import { endpointRemovalAnswer, endpointSecretAnswer, payoutEndpointAnswer } from './schema.ts';

/** The procedures about the endpoint of the method `http`. */
export const endpointProcedures = {
  setEndpoint: mutation()
    .meta({
      rest: 'setPayoutEndpoint PUT /payouts/endpoint',
      doc:
        'Sets where the method `http` asks the host to pay. The answer shows the new secret of its ' +
        'signatures once; each call makes another, and the secret before it is used no more. A replay ' +
        'under the same idempotency key has null in place of the secret. Refuses with `endpoint_forbidden` ' +
        'when the address is not a public https address without user and fragment.',
      shownOnce: 'secret',
    })
    .input(
      z.strictObject({
        url: z
          .string()
          .min(1)
          .max(2_048)
          .meta({ examples: ['https://shop.example.com/pay'] }),
      }),
    )
    .output(endpointSecretAnswer)
    .mutation(async ({ ctx, input: { url } }) => {
      const { tx, programId, actor } = ctx;
      const { sealRing, allowInternalEndpoints = false } = ctx.services.settings;
      if (!isEndpoint(url, allowInternalEndpoints)) {
        throw fail('endpoint_forbidden', 'An endpoint is a public https address, without user and fragment.');
      }
      const now = new Date(ctx.services.now());
      const secret: string | null = await setEndpoint(tx, programId, { url, ring: sealRing, now });
      await audit(tx, { programId, actor, action: 'payouts.endpoint_set', subject: programId });
      return { url, updatedAt: iso(now), secret };
    }),

  endpoint: query()
    .meta({
      rest: 'getPayoutEndpoint GET /payouts/endpoint',
      doc: 'Returns the endpoint, without its secret. Refuses with `not_found` when there is none.',
    })
    .output(payoutEndpointAnswer)
    .query(async ({ ctx }) => {
      const row = await ctx.services.db.payoutEndpoint.findUnique({ where: { programId: ctx.programId } });
      if (row === null) throw notFound('payout endpoint');
      return { url: row.url, updatedAt: iso(row.updatedAt) };
    }),

  removeEndpoint: mutation()
    .meta({
      rest: 'removePayoutEndpoint DELETE /payouts/endpoint',
      doc:
        'Forgets the endpoint: what the method `http` is to pay then waits for an operator. Refuses with ' +
        '`not_found` when there is none.',
    })
    .output(endpointRemovalAnswer)
    .mutation(async ({ ctx }) => {
      const { tx, programId, actor } = ctx;
      const { count } = await tx.payoutEndpoint.deleteMany({ where: { programId } });
      if (count === 0) throw notFound('payout endpoint');
      await audit(tx, { programId, actor, action: 'payouts.endpoint_removed', subject: programId });
      return { removed: true };
    }),
};
