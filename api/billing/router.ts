import { z } from 'zod';
import { audit } from '../../engine/audit/record.ts';
import type { BillingDelivery } from '../../prisma/generated/client.ts';
import { notFound } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { router } from '../trpc/builder.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { dateFields, pageFields } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { httpProcedures } from './http-procedures.ts';
import { promotionProcedures } from './promotion-procedures.ts';
import { deliveryAnswer, sourceRemovalAnswer } from './schema.ts';
import { stripeProcedures } from './stripe-procedures.ts';

const provider = z.enum(['stripe', 'http']).meta({ examples: ['stripe'] });

/** Billing systems outside, whose messages become purchases, refunds and other events. */
export const billingRouter = router({
  ...stripeProcedures,
  ...httpProcedures,
  ...promotionProcedures,

  remove: mutation()
    .meta({
      rest: 'removeBillingSource DELETE /billing/{provider}',
      doc:
        'Forgets how messages of a provider are read, with its secrets: they are refused from now on. What ' +
        'they became stays. Refuses with `not_found` when there is nothing to forget.',
    })
    .input(z.strictObject({ provider }))
    .output(sourceRemovalAnswer)
    .mutation(async ({ ctx: { tx, programId, actor }, input }) => {
      const { count } = await tx.billingSource.deleteMany({ where: { programId, ...input } });
      if (count === 0) throw notFound('billing source');
      await audit(tx, {
        programId,
        actor,
        action: 'billing.source_removed',
        subject: programId,
        detail: input,
      });
      return { removed: true as const };
    }),

  list: query()
    .meta({
      rest: 'listBillingDeliveries GET /billing/deliveries',
      doc:
        'Lists what came in of the last 30 days, the newest first: with the keys of the events that it ' +
        'became, or why nothing came of it, such as `no_member`. Messages that were refused, and types ' +
        'that nothing is made of, are not among them.',
    })
    .input(
      z
        .strictObject({
          ...pageFields,
          ...dateFields,
          provider: provider.optional(),
          result: deliveryAnswer.shape.result.optional(),
          reason: deliveryAnswer.shape.reason.unwrap().optional(),
        })
        .prefault({}),
    )
    .output(pageAnswer(deliveryAnswer))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.billingDelivery.findMany(
        newest({ programId: ctx.programId }, input),
      );
      return newestPage(rows, input, view);
    }),
});

const view = (row: BillingDelivery): z.infer<typeof deliveryAnswer> => ({
  id: row.id,
  provider: row.provider,
  deliveryId: row.deliveryId,
  type: row.type,
  result: row.result,
  reason: deliveryAnswer.shape.reason.parse(row.reason),
  events: row.eventKeys,
  createdAt: iso(row.createdAt),
});
