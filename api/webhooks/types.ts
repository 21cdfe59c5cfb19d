import type { z } from 'zod';
import {
  examplePayload,
  MESSAGE_TYPES,
  MESSAGES,
  type Message,
  type MessageType,
} from '../../domain/messages.ts';
import { envelopeOf, envelopeSchema } from '../../domain/webhooks/envelope.ts';
import { pageAnswer } from '../trpc/answers.ts';
import { wholePage } from '../trpc/cursor.ts';
import { query } from '../trpc/procedures.ts';
import { nothing } from '../trpc/schemas.ts';
import { messageTypeAnswer } from './schema.ts';

const EXAMPLE_ID = '01920000-0000-7000-8000-000000000001';
const EXAMPLE = {
  id: '01920000-0000-7000-8000-0000000000aa',
  programId: '01920000-0000-7000-8000-0000000000bb',
  sequence: 1,
  at: new Date('2026-01-01T00:00:00.000Z'),
  members: [{ id: EXAMPLE_ID, externalId: 'user_42' }],
};

/** A body such as messages of this type have. */
export function exampleBody(type: MessageType) {
  const { version, subjects } = MESSAGES[type];
  const subject = `${subjects[0]}:${EXAMPLE_ID}`;
  const message = { type, version, key: '', subject, members: [], payload: examplePayload(type) };
  return { ...envelopeOf(message as unknown as Message, EXAMPLE) };
}

const view = (type: MessageType): z.infer<typeof messageTypeAnswer> => ({
  type,
  version: MESSAGES[type].version,
  description: MESSAGES[type].says,
  schema: envelopeSchema(type),
  example: exampleBody(type),
});

export const typeProcedures = {
  types: query()
    .meta({
      rest: 'listWebhookTypes GET /webhooks/types',
      doc: 'Lists every type of message, with the JSON Schema of its body and an example.',
    })
    .input(nothing)
    .output(pageAnswer(messageTypeAnswer))
    .query(() => wholePage(MESSAGE_TYPES.map(view))),
};
