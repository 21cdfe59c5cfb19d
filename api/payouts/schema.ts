import { z } from 'zod';
import { PAYMENT_PROFILES } from '../../domain/payouts/profiles/payment.ts';
import { idAnswer, timeAnswer } from '../trpc/answers.ts';
import { LINE_ERRORS } from './import.ts';

const profile = z.enum(PAYMENT_PROFILES);

export const payoutBatchAnswer = z
  .strictObject({
    id: idAnswer,
    name: z.string().meta({ examples: ['November'] }),
    unit: z.string().meta({ description: 'What its redemptions cost.', examples: ['USD'] }),
    lines: z
      .number()
      .int()
      .meta({ description: 'How many redemptions it holds.', examples: [12] }),
    profile: profile.nullable().meta({ description: 'Null: it is paid by its own file alone.' }),
    createdBy: z.string().meta({
      description: 'The key that made it.',
      examples: ['key:0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'],
    }),
    createdAt: timeAnswer,
    exportedAt: timeAnswer.nullable().meta({ description: 'The last time; null: never.' }),
    importedAt: timeAnswer.nullable().meta({ description: 'The last time; null: never.' }),
  })
  .meta({ id: 'PayoutBatch', description: 'Redemptions that a person pays by hand.' });

export const countedBatchAnswer = payoutBatchAnswer
  .extend({
    settled: z.number().int().meta({ description: 'Redemptions that were paid.' }),
    released: z.number().int().meta({ description: 'Redemptions whose balance was given back.' }),
    open: z.number().int().meta({ description: 'The others.' }),
  })
  .meta({ id: 'CountedPayoutBatch', description: 'A batch, and what became of its redemptions.' });

export const batchExportAnswer = z
  .strictObject({
    batchId: idAnswer,
    lines: z.number().int(),
    csv: z
      .string()
      .nullable()
      .meta({
        description:
          'CSV (RFC 4180) with a header, a line a redemption, and empty columns `outcome` and `reference` ' +
          'to fill in. Null in a replay: ask with a new key.',
        examples: [
          'redemption_id,external_id,amount_minor,unit,amount,requested_at,status,outcome,reference\r\n' +
            '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d,user_42,2000,USD,20.00 USD,2026-01-15T09:30:00.000Z,' +
            'needs_operator,,\r\n',
        ],
      }),
  })
  .meta({ id: 'PayoutBatchExport' });

export const paymentsAnswer = z
  .strictObject({
    batchId: idAnswer,
    profile,
    lines: z.number().int().meta({ description: 'How many payments the file holds.' }),
    mediaType: z.string().meta({ examples: ['text/csv; charset=utf-8'] }),
    file: z
      .string()
      .nullable()
      .meta({
        description: 'The file, to be stored in UTF-8 as it is. Null in a replay: ask with a new key.',
        examples: ['ann@example.com,20.00,USD,92f0c12f4e7a3b8c5d1e2f3a4b5c6d,Thank you,PAYPAL\r\n'],
      }),
  })
  .meta({ id: 'PayoutPayments', description: 'A batch in the format of another provider.' });

const lineErrorAnswer = z
  .strictObject({
    line: z.number().int().meta({ description: "The file's own number of the line; its first is 1." }),
    redemptionId: idAnswer.nullable().meta({ description: 'Null: the line has no id that could be read.' }),
    code: z.enum(LINE_ERRORS).meta({ examples: ['redemption_ended'] }),
    message: z.string().meta({ examples: ['The redemption is settled.'] }),
  })
  .meta({ id: 'PayoutLineError', description: 'Why a line was not taken.' });

export const batchImportAnswer = z
  .strictObject({
    batchId: idAnswer,
    taken: z.number().int().meta({ description: 'Lines that were handed to their redemption.' }),
    unchanged: z.number().int().meta({ description: 'Lines without an outcome, or with the one on record.' }),
    failed: z.number().int().meta({ description: 'Lines that were not taken.' }),
    errors: z.array(lineErrorAnswer).readonly().meta({ description: 'The first 200.' }),
  })
  .meta({ id: 'PayoutBatchImport' });

const url = z.string().meta({ examples: ['https://shop.example.com/pay'] });

export const payoutEndpointAnswer = z
  .strictObject({ url, updatedAt: timeAnswer })
  .meta({ id: 'PayoutEndpoint', description: 'Where the method `http` asks the host to pay.' });

export const endpointSecretAnswer = payoutEndpointAnswer
  .extend({
    secret: z
      .string()
      .nullable()
      .meta({
        description: 'The secret of the signatures (Standard Webhooks), shown this once; null in a replay.',
        examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
      }),
  })
  .meta({ id: 'PayoutEndpointSecret', description: 'The endpoint, and the new secret of its signatures.' });

export const endpointRemovalAnswer = z
  .strictObject({ removed: z.boolean() })
  .meta({ id: 'PayoutEndpointRemoval' });
