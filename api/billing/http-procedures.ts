import { z } from 'zod';
import { checkMapping } from '../../domain/billing/mapping.ts';
import { audit } from '../../engine/audit/record.ts';
import type { BillingSource } from '../../prisma/generated/client.ts';
import { fail } from '../http/errors.ts';
import { mutation, query } from '../trpc/procedures.ts';
import { iso } from '../trpc/views.ts';
import { intakeAddressOf } from './address.ts';
import { eventMapping, httpSettings } from './http-settings.ts';
import { httpSourceAnswer } from './schema.ts';
import { findSource, storeSource } from './source.ts';

const PROVIDER = 'http';

/** Standard Webhooks: 24 to 64 bytes, in base64. */
const secret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, 'must be `whsec_` and 24 to 64 bytes in base64')
  .refine((text) => {
    const bytes = Buffer.from(text.slice('whsec_'.length), 'base64');
    const isExact = `whsec_${bytes.toString('base64')}` === text;
    return isExact && bytes.length >= 24 && bytes.length <= 64;
  }, 'must be `whsec_` and 24 to 64 bytes in base64');

/** The procedures about messages of any system that signs by Standard Webhooks. */
export const httpProcedures = {
  setHttp: mutation()
    .meta({
      rest: 'setHttpSource PUT /billing/http',
      doc:
        'Sets how the program makes events of the messages of any system, by a CEL expression for each ' +
        'field, and with which secrets they are signed. Returns it, with the address to send to. Refuses ' +
        'with `condition_invalid` an expression that cannot be read; `issues` names its field.',
    })
    .input(
      z.strictObject({
        mapping: eventMapping,
        signingSecrets: z
          .array(secret)
          .min(1)
          .max(2)
          .optional()
          .meta({
            description:
              'The secret of the signatures (Standard Webhooks); two while you roll it. Left out: those ' +
              'before stay.',
            examples: [['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD']],
          }),
      }),
    )
    .output(httpSourceAnswer)
    .mutation(async ({ ctx, input: { mapping, signingSecrets } }) => {
      const { tx, programId, actor } = ctx;
      const problems = checkMapping(mapping);
      if (problems.length > 0) {
        const issues = problems.map(({ field, message }) => ({ path: `mapping.${field}`, message }));
        throw fail('condition_invalid', 'An expression of the mapping cannot be read.', issues);
      }
      const { sealRing, publicUrl } = ctx.services.settings;
      const settings = JSON.parse(JSON.stringify({ mapping }));
      const change = { settings, secrets: signingSecrets, now: new Date(ctx.services.now()) };
      const row = await storeSource(tx, { programId, provider: PROVIDER }, sealRing, change);
      await audit(tx, { programId, actor, action: 'billing.http_set', subject: programId });
      return view(row, publicUrl);
    }),

  getHttp: query()
    .meta({
      rest: 'getHttpSource GET /billing/http',
      doc:
        'Returns how the program makes events of the messages of any system, without secrets. Refuses with ' +
        '`not_found` when it takes none.',
    })
    .output(httpSourceAnswer)
    .query(async ({ ctx: { services, programId } }) => {
      const row = await findSource(services.db, { programId, provider: PROVIDER });
      return view(row, services.settings.publicUrl);
    }),
};

function view(row: BillingSource, publicUrl: string): z.infer<typeof httpSourceAnswer> {
  return {
    address: intakeAddressOf(row, publicUrl),
    ...httpSettings.parse(row.settings),
    secrets: row.sealedSecrets.length,
    updatedAt: iso(row.updatedAt),
  };
}
