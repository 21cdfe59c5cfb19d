import { z } from 'zod';
import { MESSAGE_TYPES } from '../../domain/messages.ts';
import { isSigningSecret } from '../../domain/webhooks/secret.ts';
import { WebhookDeliveryState, WebhookForm, WebhookStatus } from '../../prisma/generated/client.ts';
import { idAnswer, nextCursorAnswer, timeAnswer } from '../trpc/answers.ts';
import { keptInstant } from '../trpc/schemas.ts';

export const MESSAGE_TYPE_NAMES = MESSAGE_TYPES as readonly [string, ...string[]];
const urlMeta = { examples: ['https://shop.example.com/webhooks'] };
const typesMeta = {
  description: 'The types of messages that it takes; empty: all.',
  examples: [['reward.granted', 'redemption.settled']],
};
const formMeta = {
  description:
    '`standard`: JSON, signed after Standard Webhooks. `slack`: a line of text, for an incoming webhook of ' +
    'Slack.',
  examples: ['standard'],
};

const types = z.array(z.enum(MESSAGE_TYPE_NAMES)).max(MESSAGE_TYPE_NAMES.length);
const url = z.string().min(1).max(2_048).meta(urlMeta);
const description = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .meta({
    description: 'What people know the endpoint by.',
    examples: ['Shop server'],
  });

export const createWebhookInput = z.strictObject({
  url,
  types: types.default([]).meta(typesMeta),
  description: description.optional(),
  form: z.enum(Object.values(WebhookForm)).default('standard').meta(formMeta),
  since: keptInstant
    .meta({
      description:
        'What happened from then on is sent first, in order; left out: only what happens from now on. ' +
        'Sending begins twenty seconds later.',
    })
    .optional(),
});

export const updateWebhookFields = {
  url: url.optional(),
  types: types.optional().meta(typesMeta),
  description: description.nullable().optional(),
};

export const rotateSecretFields = {
  overlap_hours: z
    .number()
    .int()
    .min(0)
    .max(168)
    .default(24)
    .meta({ description: 'How long the secret before signs too, in hours; 0: not at all.' }),
  secret: z
    .string()
    .max(200)
    .refine(isSigningSecret, 'must be `whsec_` and 24 to 64 bytes in padded base64')
    .meta({ description: 'A secret of your own; left out: a new random one.' })
    .optional(),
};

export const webhookAnswer = z
  .strictObject({
    id: idAnswer,
    url: z.string().meta({
      ...urlMeta,
      description: 'Without its path for keys that lack `webhooks:write`, since the path may be a secret.',
    }),
    description: z
      .string()
      .nullable()
      .meta({ examples: ['Shop server'] }),
    form: z.enum(Object.values(WebhookForm)).meta(formMeta),
    types: z.array(z.string()).meta(typesMeta),
    status: z.enum(Object.values(WebhookStatus)).meta({
      description: '`filling`: what happened before is being queued, and nothing is sent yet.',
      examples: ['active'],
    }),
    reason: z
      .string()
      .nullable()
      .meta({
        description:
          'Why it is disabled: `gone` (it answered 410), `failing` (nothing was taken for five days), ' +
          '`operator`; null: it is not.',
        examples: [null],
      }),
    failingSince: timeAnswer.nullable().meta({
      description: 'Since when nothing was taken; null: the last attempt succeeded, or there was none.',
      examples: [null],
    }),
    createdAt: timeAnswer,
    updatedAt: timeAnswer,
  })
  .meta({ id: 'WebhookEndpoint', description: 'An address that is told what happens in the program.' });

const secretAnswer = z
  .string()
  .nullable()
  .meta({
    description: 'Verifies signatures; shown this once: a replay has null in its place.',
    examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD0123456789A='],
  });

export const createdWebhookAnswer = webhookAnswer
  .extend({ secret: secretAnswer })
  .meta({ id: 'CreatedWebhookEndpoint', description: 'A new endpoint with its secret.' });

export const rotatedSecretAnswer = z
  .strictObject({
    id: idAnswer,
    secret: secretAnswer,
    expiresAt: timeAnswer.meta({ description: 'Until when the secret before signs too.' }),
  })
  .meta({ id: 'WebhookSecret' });

export const removedWebhookAnswer = z
  .strictObject({ id: idAnswer, removed: z.literal(true) })
  .meta({ id: 'RemovedWebhookEndpoint' });

export const queuedAnswer = z
  .strictObject({
    queued: z
      .number()
      .int()
      .meta({ description: 'Messages that will be sent (again).', examples: [12] }),
    nextCursor: nextCursorAnswer.meta({
      description: 'More lies in the range than one call takes: ask again with this. Null: all is queued.',
    }),
  })
  .meta({ id: 'QueuedMessages' });

export const deliveryState = z.enum(Object.values(WebhookDeliveryState));

const deliveryShape = {
  id: idAnswer.meta({ description: 'The header `webhook-id`, the same at every attempt.' }),
  type: z
    .string()
    .nullable()
    .meta({ description: 'Null: the message is not kept any more.', examples: ['reward.granted'] }),
  subject: z.string().meta({ examples: ['referral:0192f0c1-2f4e-7a3b-8c5d-1e2f3a4b5c6d'] }),
  state: deliveryState.meta({
    description:
      'waiting: not tried yet. retrying: it failed, and is tried again at `dueAt`. failed: given up on. ' +
      'dropped: closed by an operator, or not kept any more before it was sent.',
    examples: ['delivered'],
  }),
  sequence: z
    .number()
    .int()
    .nullable()
    .meta({
      description: 'Counts the messages of the endpoint; null before the first attempt.',
      examples: [17],
    }),
  attempts: z
    .number()
    .int()
    .meta({ examples: [1] }),
  dueAt: timeAnswer.nullable().meta({ description: 'The next attempt; null: there will be none.' }),
  createdAt: timeAnswer,
  endedAt: timeAnswer.nullable(),
};

export const webhookDeliveryAnswer = z
  .strictObject(deliveryShape)
  .meta({ id: 'WebhookDelivery', description: 'One message on its way to one endpoint.' });

const attemptAnswer = z
  .strictObject({
    at: timeAnswer,
    took_ms: z
      .number()
      .int()
      .meta({ examples: [48] }),
    status: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'HTTP; null: no answer came.', examples: [204] }),
    error: z
      .string()
      .nullable()
      .meta({
        description: 'Why no answer came: `timed_out`, `unreachable`, `address_forbidden`; null: one came.',
        examples: [null],
      }),
    answer: z
      .string()
      .nullable()
      .meta({
        description:
          'The first 1,024 bytes of what the endpoint said. Null for keys that lack `webhooks:write`, ' +
          'since it may hold anything.',
        examples: ['ok'],
      }),
  })
  .meta({ id: 'WebhookAttempt' });

export const webhookDeliveryDetailAnswer = z
  .strictObject({
    ...deliveryShape,
    body: z.string().nullable().meta({
      description: 'What is sent, as text; null: the message is not kept any more, or cannot be read.',
    }),
    log: z.array(attemptAnswer).meta({ description: 'At most 20 attempts, the last one last.' }),
  })
  .meta({ id: 'WebhookDeliveryDetail', description: 'A delivery with its request and its attempts.' });

export const messageTypeAnswer = z
  .strictObject({
    type: z.string().meta({ examples: ['reward.granted'] }),
    version: z
      .number()
      .int()
      .meta({ examples: [1] }),
    description: z.string().meta({ examples: ['A member was granted a reward.'] }),
    schema: z
      .custom<Readonly<Record<string, unknown>>>(() => true)
      .meta({ type: 'object', description: 'The body as a JSON Schema (draft 2020-12).' }),
    example: z
      .custom<Readonly<Record<string, unknown>>>(() => true)
      .meta({ type: 'object', description: 'A body.' }),
  })
  .meta({ id: 'WebhookMessageType', description: 'A type of message that endpoints may be told of.' });
