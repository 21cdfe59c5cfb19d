import { z } from 'zod';
import type { PaymentFile } from '../../domain/payouts/profiles/file.ts';
import type { PaymentProfile } from '../../domain/payouts/profiles/payment.ts';
import { audit } from '../../engine/audit/record.ts';
import type { PayoutBatch } from '../../prisma/generated/client.ts';
import { allows } from '../auth/auth.ts';
import { fail } from '../http/errors.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { newest, newestPage } from '../trpc/cursor.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { id, name, pageFields, unitCode } from '../trpc/schemas.ts';
import { iso, isoOrNull } from '../trpc/views.ts';
import { createBatch } from './create.ts';
import { exportBatch } from './export.ts';
import { findBatch } from './find.ts';
import { BATCH_LINES_MAX, CSV_LENGTH_MAX, importResults } from './import.ts';
import { paymentFileOf, paymentInput } from './payment-input.ts';
import { batchExportAnswer, batchImportAnswer, countedBatchAnswer, payoutBatchAnswer } from './schema.ts';

/** The procedures about batches of redemptions that a person pays by hand. */
export const batchProcedures = {
  createBatch: mutation()
    .meta({
      rest: 'createPayoutBatch POST /payouts/batches',
      doc:
        'Puts redemptions that wait to be paid by hand into a batch, the oldest first; each is in at most ' +
        'one batch. Refuses with `conflict` when none in this unit waits.',
    })
    .input(
      z
        .strictObject({
          name: name.meta({ examples: ['November'] }),
          unit: unitCode.meta({ description: 'What the redemptions cost.', examples: ['USD'] }),
          limit: z
            .number()
            .int()
            .min(1)
            .max(BATCH_LINES_MAX)
            .default(BATCH_LINES_MAX)
            .meta({ description: 'The most redemptions that the batch may hold.' }),
          payment: paymentInput.optional().meta({
            description:
              'How the batch is paid in the format of another provider: it then holds redemptions alone ' +
              'whose payout is in that currency, and whose destination has the field `paypal`, ' +
              '`wiseRecipientId` or `iban`.',
          }),
        })
        .meta({ examples: [{ name: 'November', unit: 'USD', limit: BATCH_LINES_MAX }] }),
    )
    .output(payoutBatchAnswer)
    .mutation(async ({ ctx, input }) => {
      const { tx, programId, actor } = ctx;
      const payment = input.payment === undefined ? null : paymentFileOf(input.payment);
      const now = new Date(ctx.services.now());
      const batch = await createBatch(tx, { ...input, payment, programId, actor, now });
      if (batch === null) throw fail('conflict', 'No redemption waits to be paid by hand in this way.');
      return batchView(batch);
    }),

  getBatch: query()
    .meta({
      rest: 'getPayoutBatch GET /payouts/batches/{id}',
      doc:
        'Returns a batch, with how many of its redemptions are open, paid and given back. Refuses with ' +
        '`not_found`.',
    })
    .input(z.strictObject({ id }))
    .output(countedBatchAnswer)
    .query(async ({ ctx, input }) => {
      const { db } = ctx.services;
      const batch = await findBatch(db, ctx.programId, input.id);
      const counts = await db.redemption.groupBy({
        by: ['status'],
        where: { programId: ctx.programId, batchId: batch.id },
        _count: true,
      });
      const countOf = (status: string) => counts.find((row) => row.status === status)?._count ?? 0;
      const [settled, released] = [countOf('settled'), countOf('released')];
      return { ...batchView(batch), settled, released, open: batch.lines - settled - released };
    }),

  listBatches: query()
    .meta({ rest: 'listPayoutBatches GET /payouts/batches', doc: 'Lists batches, the newest first.' })
    .input(z.strictObject(pageFields).prefault({}))
    .output(pageAnswer(payoutBatchAnswer))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.services.db.payoutBatch.findMany(newest({ programId: ctx.programId }, input));
      return newestPage(rows, input, batchView);
    }),

  exportBatch: mutation()
    .meta({
      rest: 'exportPayoutBatch POST /payouts/batches/{id}/export',
      doc:
        'Exports a batch as CSV. Destinations are only for a key that also has `destinations:read`; the ' +
        'audit log names who asked. What a spreadsheet would take for a formula has an apostrophe before ' +
        'it. A replay under the same idempotency key has null in place of the file. Refuses with ' +
        '`not_found`, and with `scope_missing` when the key may not see destinations.',
      shownOnce: 'csv',
    })
    .input(
      z.strictObject({
        id,
        withDestination: z
          .boolean()
          .default(false)
          .meta({ description: 'Adds a column for each field of the destinations.' }),
      }),
    )
    .output(batchExportAnswer)
    .mutation(async ({ ctx, input: { id: batchId, withDestination } }) => {
      const { tx, programId, actor } = ctx;
      if (withDestination && !allows(ctx.principal, 'destinations:read')) {
        throw fail('scope_missing', 'This API key lacks the scope `destinations:read`.');
      }
      await findBatch(tx, programId, batchId);
      const exported = await exportBatch(tx, { programId, batchId, withDestination });
      await tx.payoutBatch.update({
        where: { programId_id: { programId, id: batchId } },
        data: { exportedAt: new Date(ctx.services.now()) },
        select: { id: true },
      });
      const detail = { withDestination, lines: exported.lines };
      await audit(tx, { programId, actor, action: 'payouts.batch_exported', subject: batchId, detail });
      const csv: string | null = exported.csv;
      return { batchId, lines: exported.lines, csv };
    }),

  importResults: mutation()
    .meta({
      rest: 'importPayoutResults POST /payouts/batches/{id}/results',
      doc:
        'Takes the results of a batch from CSV, separated by commas, semicolons or tabs: the columns ' +
        '`redemption_id`, `outcome` (`paid`, `failed`, ' +
        'or empty: not yet) and `reference`. Where `amount_minor` and `unit` are there, they must be what ' +
        'was to be paid. Each good line becomes one command to its redemption, once for ever: the same ' +
        'file again changes nothing. A bad line is reported with its number, and the others are taken. ' +
        'Refuses with `not_found`, and with `input_invalid` when the file is no CSV with the right ' +
        'columns.',
    })
    .input(
      z.strictObject({
        id,
        csv: z
          .string()
          .min(1)
          .max(CSV_LENGTH_MAX)
          .meta({
            description: 'The exported file, filled in; at most 1,000 lines.',
            examples: [
              'redemption_id,outcome,reference\n0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d,paid,transfer-1\n',
            ],
          }),
      }),
    )
    .output(batchImportAnswer)
    .mutation(async ({ ctx, input: { id: batchId, csv } }) => {
      const { tx, programId, actor } = ctx;
      const now = new Date(ctx.services.now());
      await findBatch(tx, programId, batchId);
      const result = await importResults(tx, { programId, batchId, actor, now }, csv);
      await tx.payoutBatch.update({
        where: { programId_id: { programId, id: batchId } },
        data: { importedAt: now },
        select: { id: true },
      });
      const { taken, unchanged, failed } = result;
      const detail = { taken, unchanged, failed };
      await audit(tx, { programId, actor, action: 'payouts.batch_imported', subject: batchId, detail });
      return { batchId, ...result };
    }),
};

const batchView = (row: PayoutBatch): z.infer<typeof payoutBatchAnswer> => ({
  id: row.id,
  name: row.name,
  unit: row.unit,
  lines: row.lines,
  profile: profileOf(row),
  createdBy: row.createdBy,
  createdAt: iso(row.createdAt),
  exportedAt: isoOrNull(row.exportedAt),
  importedAt: isoOrNull(row.importedAt),
});

/** What `createBatch` stored. */
const profileOf = ({ payment }: PayoutBatch): PaymentProfile | null =>
  (payment as unknown as PaymentFile | null)?.profile ?? null;
