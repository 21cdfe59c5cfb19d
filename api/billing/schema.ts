import { z } from 'zod';
import { IGNORED_REASONS } from '../../domain/billing/fact.ts';
import { asSent, idAnswer, timeAnswer } from '../trpc/answers.ts';
import { eventMapping } from './http-settings.ts';
import { stripeSettings } from './stripe-settings.ts';

const result = z.enum(['recorded', 'noted', 'ignored']).meta({
  description:
    'recorded: it became events. noted: something to know later, such as which invoice a payment is of. ' +
    'ignored: nothing came of it.',
  examples: ['recorded'],
});
const reason = z
  .enum(IGNORED_REASONS)
  .nullable()
  .meta({ description: 'Why nothing came of it.', examples: [null] });
const events = z.array(z.string()).meta({
  description: 'The keys of the events that it became.',
  examples: [['stripe:invoice:in_1PgVQm2eZvKYlo2C']],
});

/** What the sender of a message is answered. */
export const billingReceiptAnswer = z.strictObject({ result, reason, events });

export const deliveryAnswer = z
  .strictObject({
    id: idAnswer,
    provider: z.enum(['stripe', 'http']),
    deliveryId: z.string().meta({
      description: "The provider's id of it: the same again is the same delivery.",
      examples: ['evt_1PgVQm2eZvKYlo2C'],
    }),
    type: z.string().meta({ examples: ['invoice.paid'] }),
    result,
    reason,
    events,
    createdAt: timeAnswer,
  })
  .meta({ id: 'BillingDelivery', description: 'A message of a billing system, and what came of it.' });

const source = {
  address: z.string().meta({
    description: 'Where the provider sends its messages to.',
    examples: ['https://refer.example.com/in/stripe/0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'],
  }),
  secrets: z
    .number()
    .int()
    .meta({ description: 'How many secrets of signatures are good now.', examples: [1] }),
  updatedAt: timeAnswer,
};

export const stripeSourceAnswer = z
  .strictObject({
    ...source,
    ...stripeSettings.shape,
    hasApiKey: z.boolean().meta({ description: 'Whether Stripe can be asked.', examples: [true] }),
  })
  .meta({ id: 'StripeSource', description: "How a program reads Stripe's events, without its secrets." });

export const httpSourceAnswer = z
  .strictObject({ ...source, mapping: asSent(eventMapping) })
  .meta({ id: 'HttpSource', description: 'How a program makes events of messages, without its secrets.' });

export const sourceRemovalAnswer = z
  .strictObject({ removed: z.literal(true) })
  .meta({ id: 'BillingSourceRemoval' });

export const catchUpAnswer = z
  .strictObject({
    fetched: z
      .number()
      .int()
      .meta({ description: 'Events that Stripe had.', examples: [100] }),
    recorded: z
      .number()
      .int()
      .meta({ description: 'Those that became events now.', examples: [2] }),
    refused: z
      .array(z.strictObject({ id: z.string(), code: z.string() }).meta({ id: 'RefusedStripeEvent' }))
      .meta({ description: 'Those that were refused, with the code.', examples: [[]] }),
    nextCursor: z
      .string()
      .nullable()
      .meta({
        description: 'Send it as `cursor` to go on; null: that was all.',
        examples: [null],
      }),
  })
  .meta({ id: 'BillingCatchUp' });

export const promotionAnswer = z
  .strictObject({
    code: z.string().meta({
      description: "The member's referral code, which a friend types at the checkout, in capitals or not.",
      examples: ['k7m2xq9a'],
    }),
    promotionCodeId: z.string().meta({
      description: "Stripe's id of the promotion code, with which a checkout may apply it by itself.",
      examples: ['promo_1PgVQm2eZvKYlo2C'],
    }),
    coupon: z.string().meta({
      description: 'The coupon in Stripe whose discount it gives.',
      examples: ['friends-20'],
    }),
  })
  .meta({
    id: 'MemberPromotionCode',
    description: "A member's referral code as a promotion code at Stripe.",
  });
