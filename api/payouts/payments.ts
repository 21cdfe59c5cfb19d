import { z } from 'zod';
import type { PaymentFile } from '../../domain/payouts/profiles/file.ts';
import { audit } from '../../engine/audit/record.ts';
import { allows } from '../auth/auth.ts';
import { fail } from '../http/errors.ts';
import { mutation } from '../trpc/procedures.ts';
import { id } from '../trpc/schemas.ts';
import { findBatch } from './find.ts';
import { buildPayments, openPayments } from './payment-file.ts';
import { paymentsAnswer } from './schema.ts';

/** The procedure that gives a batch in the format of another provider. */
export const paymentProcedures = {
  exportPayments: mutation()
    .meta({
      rest: 'exportPayoutPayments POST /payouts/batches/{id}/payments',
      doc:
        'Exports what is still to be paid of a batch in the format of its `payment`: the same file each ' +
        'time, until outcomes come in. It holds destinations, so the key also needs `destinations:read`; ' +
        'the audit log names who asked. A replay under the same idempotency key has null in place of the ' +
        'file. Refuses with `not_found`, with `scope_missing`, with `conflict` when the batch has no ' +
        '`payment` or nothing of it is left to pay, and with `destination_invalid`, `unit_mismatch`, ' +
        '`amount_too_large` or `amount_not_integer` when the format forbids a payment: `issues` names each ' +
        'redemption, and nothing changes.',
      shownOnce: 'file',
    })
    .input(
      z.strictObject({
        id,
        executeOn: z.iso
          .date()
          .optional()
          .meta({
            description:
              'The day on which a bank of SEPA is to pay; left out: the day, in UTC, on which the batch ' +
              'was made.',
            examples: ['2026-12-01'],
          }),
      }),
    )
    .output(paymentsAnswer)
    .mutation(async ({ ctx, input: { id: batchId, executeOn } }) => {
      const { tx, programId, actor } = ctx;
      if (!allows(ctx.principal, 'destinations:read')) {
        throw fail('scope_missing', 'This API key lacks the scope `destinations:read`.');
      }
      const batch = await findBatch(tx, programId, batchId);
      if (batch.payment === null) {
        throw fail(
          'conflict',
          'This batch was made without `payment`: export it with `payouts.exportBatch`.',
        );
      }
      const settings = batch.payment as unknown as PaymentFile;
      const payments = await openPayments(tx, programId, batchId);
      if (payments.length === 0) throw fail('conflict', 'Nothing of this batch is left to pay.');
      const { mediaType, text } = buildPayments(batch, settings, payments, executeOn);
      await tx.payoutBatch.update({
        where: { programId_id: { programId, id: batchId } },
        data: { exportedAt: new Date(ctx.services.now()) },
        select: { id: true },
      });
      const { profile } = settings;
      const detail = { profile, lines: payments.length };
      await audit(tx, { programId, actor, action: 'payouts.payments_exported', subject: batchId, detail });
      const file: string | null = text;
      return { batchId, profile, lines: payments.length, mediaType, file };
    }),
};
