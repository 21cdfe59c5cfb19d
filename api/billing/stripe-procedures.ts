import { z } from 'zod';
import type { StripeSettings } from '../../domain/billing/stripe-objects.ts';
import { audit } from '../../engine/audit/record.ts';
import type { BillingSource } from '../../prisma/generated/client.ts';
import { mutation, query, scoped } from '../trpc/procedures.ts';
import { instant } from '../trpc/schemas.ts';
import { iso } from '../trpc/views.ts';
import { intakeAddressOf } from './address.ts';
import { catchUp } from './catch-up.ts';
import { catchUpAnswer, stripeSourceAnswer } from './schema.ts';
import { findSource, storeSource, wrongField } from './source.ts';
import { NO_DISCOUNT, storedStripeSettings, stripeSettings } from './stripe-settings.ts';

const PROVIDER = 'stripe';

const apiKey = z
  .string()
  .regex(/^(sk|rk)_(test|live)_[A-Za-z0-9]{1,250}$/, 'must be a secret or restricted key of Stripe’s API')
  .nullish()
  .meta({
    description:
      "A restricted key of Stripe's API that may read events, invoices and promotion codes; for a friend's " +
      'discount it may read coupons and write promotion codes too. Left out: the one before stays; null: ' +
      'none.',
    examples: ['rk_live_51H8ExampleExample'],
  });

const secrets = z
  .array(z.string().regex(/^whsec_[A-Za-z0-9+/=]{8,250}$/, 'must be a signing secret of Stripe'))
  .min(1)
  .max(2)
  .optional()
  .meta({
    description:
      'The signing secret of the endpoint in Stripe; two while you roll it. Left out: those before stay.',
    examples: [['whsec_Zm9yIHRoZSBkb2N1bWVudGF0aW9u']],
  });

const { shape } = stripeSettings;

const setInput = z.strictObject({
  ...shape,
  account: shape.account.default(null),
  memberField: shape.memberField.default('member_id'),
  matchEmail: shape.matchEmail.default(true),
  matchReference: shape.matchReference.default(false),
  attributeCodes: shape.attributeCodes.default(false),
  paymentIntents: shape.paymentIntents.default(false),
  amounts: shape.amounts.default('gross'),
  ...NO_DISCOUNT,
  signingSecrets: secrets,
  apiKey,
});

/** The procedures about Stripe's events. */
export const stripeProcedures = {
  setStripe: mutation()
    .meta({
      rest: 'setStripeSource PUT /billing/stripe',
      doc:
        "Sets how the program reads Stripe's events, and with which secrets they are signed. Returns it, " +
        'with the address for the endpoint in Stripe. Secrets and key are kept encrypted, and never shown. ' +
        'Refuses with `input_invalid` settings that contradict each other or the mode of the program, and ' +
        'new ones without a secret.',
    })
    .input(setInput)
    .output(stripeSourceAnswer)
    .mutation(async ({ ctx, input: { signingSecrets, apiKey: key, ...settings } }) => {
      const { tx, programId, actor } = ctx;
      if (typeof key === 'string' && key.includes('_live_') !== settings.livemode) {
        throw wrongField('apiKey', `must be a key of ${settings.livemode ? 'live' : 'test'} mode`);
      }
      const { mode } = await tx.program.findUniqueOrThrow({ where: { id: programId } });
      if (settings.livemode !== (mode === 'live'))
        throw wrongField('livemode', `the program is a ${mode} one`);
      const change = { settings, secrets: signingSecrets, apiKey: key, now: new Date(ctx.services.now()) };
      const { sealRing, publicUrl } = ctx.services.settings;
      const row = await storeSource(tx, { programId, provider: PROVIDER }, sealRing, change);
      checkAsking(settings, row.sealedApiKey !== null);
      await audit(tx, { programId, actor, action: 'billing.stripe_set', subject: programId });
      return view(row, publicUrl);
    }),

  getStripe: query()
    .meta({
      rest: 'getStripeSource GET /billing/stripe',
      doc:
        "Returns how the program reads Stripe's events, without secrets and key. Refuses with `not_found` " +
        'when it reads none.',
    })
    .output(stripeSourceAnswer)
    .query(async ({ ctx: { services, programId } }) => {
      const row = await findSource(services.db, { programId, provider: PROVIDER });
      return view(row, services.settings.publicUrl);
    }),

  // Every event is taken once, however often it is fetched, so a repeat needs no key.
  catchUp: scoped()
    .meta({
      rest: 'catchUpStripe POST /billing/stripe/catch-up',
      doc:
        "Fetches events from Stripe's API that the endpoint may have missed, 100 with each call, the " +
        'newest first, and takes them like those that are sent; what was taken before changes nothing. ' +
        'Stripe keeps events for 30 days. Refuses with `not_found` when the program reads no events of ' +
        'Stripe, with `provider_refused` without a key that may read events, and with ' +
        '`provider_unavailable`.',
      idempotency: 'none',
    })
    .input(
      z
        .strictObject({
          from: instant.optional().meta({
            description: 'Only events since then; left out: all that Stripe has.',
            examples: ['2026-01-15T09:30:00Z'],
          }),
          cursor: z
            .string()
            .regex(/^evt_[A-Za-z0-9_]{1,200}$/, 'must be the `nextCursor` of the call before')
            .nullish()
            .meta({
              description: 'The `nextCursor` of the call before.',
              examples: ['evt_1PgVQm2eZvKYlo2C'],
            }),
        })
        .prefault({}),
    )
    .output(catchUpAnswer)
    .mutation(({ ctx, input: { from, cursor } }) =>
      catchUp(ctx.services, ctx.programId, {
        from_ms: from === undefined ? null : Date.parse(from),
        after: cursor ?? null,
      }),
    ),
};

/** Throws `input_invalid` for settings that lack what they need, such as a key with which to ask Stripe. */
function checkAsking(
  { paymentIntents, attributeCodes, friendCoupon }: StripeSettings,
  hasApiKey: boolean,
): void {
  if (paymentIntents && !hasApiKey) throw wrongField('apiKey', 'must be there for `paymentIntents`');
  if (friendCoupon === null) return;
  if (!hasApiKey) throw wrongField('apiKey', 'must be there for `friendCoupon`');
  if (!attributeCodes) {
    throw wrongField('friendCoupon', 'needs `attributeCodes`, or no member would be credited with a friend');
  }
}

function view(row: BillingSource, publicUrl: string): z.infer<typeof stripeSourceAnswer> {
  return {
    address: intakeAddressOf(row, publicUrl),
    ...storedStripeSettings.parse(row.settings),
    secrets: row.sealedSecrets.length,
    hasApiKey: row.sealedApiKey !== null,
    updatedAt: iso(row.updatedAt),
  };
}
