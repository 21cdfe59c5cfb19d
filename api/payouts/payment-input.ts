import { z } from 'zod';
import { checkPaymentFile, type PaymentFile } from '../../domain/payouts/profiles/file.ts';
import { PAYPAL_NOTE_MAX } from '../../domain/payouts/profiles/paypal.ts';
import { WISE_REFERENCE_MAX } from '../../domain/payouts/profiles/wise.ts';
import { fail, unwrap } from '../http/errors.ts';

/** A line of text; what a profile forbids beyond that, the rules of the profile say. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters');
const currency = z
  .string()
  .regex(/^[A-Za-z]{3}$/, 'must be a currency of ISO 4217')
  .toUpperCase()
  .meta({ description: 'What the payouts are in.', examples: ['EUR'] });
const LINE_MAX = 200;

const payer = z
  .strictObject({
    name: line(LINE_MAX).meta({ examples: ['Shop GmbH'] }),
    iban: line(50).meta({ examples: ['DE02120300000000202051'] }),
    bic: line(20)
      .optional()
      .meta({ examples: ['BYLADEM1001'] }),
    town: line(LINE_MAX)
      .optional()
      .meta({ examples: ['Berlin'] }),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a country of ISO 3166')
      .optional()
      .meta({ examples: ['DE'] }),
  })
  .refine(({ town, country }) => (town === undefined) === (country === undefined), {
    path: ['town'],
    message: 'must come with its country',
  })
  .meta({ id: 'PayoutPayer', description: 'Whose account pays. A town comes with its country.' });

/** How a batch is to be paid in the format of another provider. */
export const paymentInput = z
  .discriminatedUnion('profile', [
    z.strictObject({
      profile: z.literal('paypal'),
      currency,
      note: line(PAYPAL_NOTE_MAX).optional().meta({ description: 'What the recipients read.' }),
      decimalComma: z.boolean().default(false).meta({ description: 'Whether the account writes `20,00`.' }),
    }),
    z.strictObject({
      profile: z.literal('wise'),
      currency,
      sourceCurrency: currency.meta({ description: 'Of the balance that pays.', examples: ['USD'] }),
      reference: line(WISE_REFERENCE_MAX).optional().meta({ description: 'What the recipients read.' }),
    }),
    z.strictObject({
      profile: z.literal('sepa'),
      payer,
      reference: line(LINE_MAX).optional().meta({ description: 'What the recipients read.' }),
    }),
  ])
  .meta({
    id: 'PayoutPayment',
    description:
      'For PayPal Payouts, for batch payments of Wise, or for a bank of SEPA (`pain.001.001.09`, in euros).',
  });

/** The settings of a batch's payments. Throws `unit_mismatch`, and `input_invalid` for a field. */
export function paymentFileOf(input: z.infer<typeof paymentInput>): PaymentFile {
  const { file, forbidden } = unwrap(checkPaymentFile(filled(input)));
  if (forbidden.length === 0) return file;
  const issues = forbidden.map(({ field, message }) => ({ path: `payment.${field}`, message }));
  throw fail('input_invalid', 'The format of the payment forbids this.', issues);
}

function filled(input: z.infer<typeof paymentInput>): PaymentFile {
  if (input.profile === 'paypal') return { ...input, note: input.note ?? null };
  const reference = input.reference ?? null;
  if (input.profile === 'wise') return { ...input, reference };
  const { name, iban, bic = null, town = null, country = null } = input.payer;
  return { profile: 'sepa', currency: 'EUR', payer: { name, iban, bic, town, country }, reference };
}
