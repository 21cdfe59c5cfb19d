import { z } from 'zod';
import { type EventMapping, EXPRESSION_LENGTH_MAX } from '../../domain/billing/mapping.ts';

const expression = z.string().min(1).max(EXPRESSION_LENGTH_MAX);

const field = (description: string, example: string) => expression.meta({ description, examples: [example] });

/** How events are made of the messages of any system, in the form in which it is set, stored and shown. */
export const eventMapping = z
  .strictObject({
    when: field(
      'Whether the message is an event at all; left out: always.',
      'body.kind == "sale"',
    ).optional(),
    type: field('The type of the event.', '"purchase"'),
    key: field('Its key: the same key, the same event.', '"sale:" + body.number'),
    subject: field('The member, by your own id.', 'body.buyer.id'),
    value_minor: field('What it is worth, in minor units.', 'int(body.total * 100.0)').optional(),
    unit: field('In which unit; with `value_minor`.', 'body.currency.upperAscii()').optional(),
    occurredAt: field('When it happened; left out: now.', 'body.at').optional(),
    refundOf: field('Refunds: the key of the event that is taken back.', '"sale:" + body.sale').optional(),
    email: field('Signups: their e-mail address.', 'body.buyer.email').optional(),
    code: field('Signups: the code that they entered.', 'body.coupon').optional(),
    properties: z
      .record(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), expression)
      .refine((record) => Object.keys(record).length <= 20, 'at most 20 properties')
      .optional()
      .meta({ description: 'Actions: facts for conditions of rules.', examples: [{ plan: 'body.plan' }] }),
  })
  .refine((it) => (it.value_minor === undefined) === (it.unit === undefined), {
    path: ['unit'],
    message: 'goes with `value_minor`',
  })
  .meta({
    id: 'EventMapping',
    description:
      'A CEL expression for each field of the event, over `body`, the JSON of the message, and `id`, its ' +
      'sender’s id.',
  }) satisfies z.ZodType<EventMapping>;

export const httpSettings = z.strictObject({ mapping: eventMapping });
