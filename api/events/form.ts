import { z } from 'zod';
import { externalId, instant, moneyJson, waitMs } from '../trpc/schemas.ts';
import { type ActionInput, eventKey, orderId, type RefundInput, type SignupInput } from './input.ts';
import { propertiesInput } from './properties.ts';

export const BATCH_EVENTS_MAX = 500;

/*
 * Events as the reference of the REST API shows them: the fields of every type in one object, since generated
 * clients of several languages cannot read a union. What an event of its type may have, `input.ts` judges.
 */

/**
 * A detail of a signup. It has no pattern, or a client would refuse what the API takes: what cannot be read
 * is marked, and does not cost the signup.
 */
const detail = (what: string, example: string) =>
  z
    .string()
    .nullish()
    .meta({
      description:
        `Signups only: ${what} Null or blank: as if left out. What cannot be read is taken as one that ` +
        'nobody knows, and named in `unreadable`.',
      examples: [example],
    });

const fields = {
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,49}$/)
    .meta({
      description: '`signup`, `refund`, or the name of an action, such as `purchase`.',
      examples: ['purchase'],
    }),
  key: eventKey.meta({
    description:
      'Your own key of the event: the same key, the same event. It must not begin with `command:`.',
    examples: ['order-1001'],
  }),
  subject: externalId.meta({
    description: 'The member who signed up, acted or was refunded, by your own id.',
    examples: ['user_42'],
  }),
  occurredAt: instant.optional().meta({
    description:
      'When it happened; left out: now. Up to 24 hours ago, or earlier with a key that has the scope ' +
      '`events:import`.',
    examples: ['2026-01-15T09:30:00Z'],
  }),
  email: detail("the new member's address of e-mail, for fraud rules and e-mails.", 'ann@example.com'),
  code: detail("the code that the new member entered: of a link, or a member's referral code.", 'k7m2xq9a'),
  clickId: detail(
    'the id of the click that brought the visitor, a UUID, from the landing address.',
    '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d',
  ),
  visitorId: detail(
    "the visitor's id, a UUID, whose earlier clicks may tell who referred them.",
    '0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6e',
  ),
  ip: detail('their address, IPv4 or IPv6. Its keyed hash is all that is kept.', '203.0.113.7'),
  existingCustomer: z.boolean().optional().meta({
    description: 'Signups only: true when they were your customer before; nobody is credited then.',
  }),
  refundOf: eventKey.optional().meta({
    description:
      'Refunds only, and always there: the key of the event that the refund takes back. That may be a ' +
      'refund: a dispute was won, or a refund failed.',
    examples: ['order-1000'],
  }),
  value: moneyJson.optional().meta({
    description:
      'Actions: what it was worth, zero included. Refunds: what of it is taken back, more than zero; left ' +
      'out: all of it. Not for signups.',
    examples: [{ minor: '4900', unit: 'USD' }],
  }),
  orderId: orderId.optional().meta({
    description:
      'Actions only: your own id of the order that it is. A second action of this type with it is refused ' +
      'with `order_known`, whatever its key.',
    examples: ['1001'],
  }),
  properties: propertiesInput.optional().meta({
    description:
      'Actions only: at most 64 facts that conditions of rules may ask about, their texts of 65,536 ' +
      'characters at most together; null is left out.',
    examples: [{ channel: 'web' }],
  }),
} satisfies Record<keyof SignupInput | keyof RefundInput | keyof ActionInput, z.ZodType>;

const purchase = {
  key: 'order-1001',
  type: 'purchase',
  subject: 'user_42',
  value: { minor: '4900', unit: 'USD' },
  properties: { channel: 'web' },
};

const description =
  'Something that happened. Every event has a type, a key and a subject; which other fields it may have ' +
  'depends on its type, and others are refused.';

export const eventForm = z
  .strictObject({
    ...fields,
    wait_ms: waitMs.meta({
      description:
        'How long to wait for the decision, in milliseconds; 0: not at all. `Prefer: wait` sets it too.',
    }),
  })
  .meta({ id: 'Event', description, examples: [{ ...purchase, wait_ms: 5_000 }] });

export const batchForm = z
  .strictObject({
    events: z
      .array(z.strictObject(fields).meta({ id: 'BatchEvent', description, examples: [purchase] }))
      .min(1)
      .max(BATCH_EVENTS_MAX),
    wait_ms: waitMs.meta({
      description:
        'How long to wait for the decisions, in milliseconds; 0: not at all. `Prefer: wait` sets it too.',
    }),
  })
  .meta({ id: 'EventBatch' });
