import { z } from 'zod';
import type { StripeSettings } from '../../domain/billing/stripe-objects.ts';

/** How a program reads Stripe's events, in the form in which it is set, stored and shown. */
export const stripeSettings = z.strictObject({
  livemode: z.boolean().meta({
    description: 'Whether live events are taken; false: those of test mode.',
    examples: [true],
  }),
  account: z
    .string()
    .regex(/^acct_[A-Za-z0-9]{1,64}$/)
    .nullable()
    .meta({
      description: "The connected account whose events are taken; null: the account's own events.",
      examples: [null],
    }),
  apiVersions: z
    .array(z.string().regex(/^\d{4}-\d{2}-\d{2}(\.[a-z]{1,30})?$/, 'must be a version of Stripe’s API'))
    .min(1)
    .max(3)
    .meta({
      description: "The versions of Stripe's API that events may have; two while you change over.",
      examples: [['2026-10-28.endive']],
    }),
  memberField: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, 'must be 1 to 40 of A-Z, a-z, 0-9, _ and -')
    .meta({
      description: "The name under which the metadata of Stripe's objects holds the member's id.",
      examples: ['member_id'],
    }),
  matchEmail: z.boolean().meta({
    description: 'Whether a payment without that metadata belongs to the one member with its e-mail address.',
    examples: [true],
  }),
  matchReference: z.boolean().meta({
    description:
      "Whether the `client_reference_id` of a checkout is the member's id. A visitor can set it in the " +
      'address of a payment link.',
    examples: [false],
  }),
  attributeCodes: z.boolean().meta({
    description:
      'Whether a coupon or a promotion code that is a referral code makes the signup of a new member. ' +
      'Promotion codes need an API key.',
    examples: [false],
  }),
  paymentIntents: z.boolean().meta({
    description:
      'Whether payments count that neither an invoice nor a checkout tells of. Needs an API key, with ' +
      'which Stripe is asked for the invoice behind each of them.',
    examples: [false],
  }),
  amounts: z.enum(['gross', 'net_of_tax', 'net_of_tax_and_shipping']).meta({
    description: 'What of an amount counts.',
    examples: ['net_of_tax'],
  }),
  friendCoupon: z
    .string()
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}$/, 'must be the id of a coupon in Stripe')
    .nullable()
    .meta({
      description:
        "The id of the coupon in Stripe that friends get by a member's referral code, as a promotion code; " +
        'null: there is no such discount. Needs `attributeCodes`, and an API key.',
      examples: [null],
    }),
  friendFirstOrder: z.boolean().meta({
    description: "Whether these promotion codes are good for a customer's first order alone.",
    examples: [true],
  }),
}) satisfies z.ZodType<StripeSettings>;

const { shape } = stripeSettings;

/** The friend's discount as it is where nobody asked for one. */
export const NO_DISCOUNT = {
  friendCoupon: shape.friendCoupon.default(null),
  friendFirstOrder: shape.friendFirstOrder.default(true),
};

/** The same as it is stored: a source that was set before there was a friend's discount does not name it. */
export const storedStripeSettings = stripeSettings.extend(NO_DISCOUNT) satisfies z.ZodType<StripeSettings>;
