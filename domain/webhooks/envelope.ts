import { type FieldSchema, schemaOf } from '../messages/field.ts';
import { MESSAGES, type Message, type MessageType } from '../messages.ts';

/** A member as both sides know them. */
export interface KnownMember {
  readonly id: string;
  /** The host's own id. */
  readonly externalId: string;
}

/** What an endpoint of the form `standard` is sent, as JSON. */
export interface Envelope {
  /** The message's id, the same at every attempt. */
  readonly id: string;
  readonly type: string;
  /** When it happened, not when it was sent. */
  readonly timestamp: string;
  readonly programId: string;
  /** Counts the endpoint's messages: of two about one subject, the higher is the later. */
  readonly sequence: number;
  readonly subject: string;
  readonly version: number;
  /** The members whom `data` names, with the host's ids. */
  readonly members: readonly KnownMember[];
  readonly data: unknown;
}

export interface EnvelopeFacts {
  readonly id: string;
  readonly programId: string;
  readonly sequence: number;
  readonly at: Date;
  readonly members: readonly KnownMember[];
}

/** The body of a message. */
export const envelopeOf = (
  { type, version, subject, payload }: Message,
  { id, programId, sequence, at, members }: EnvelopeFacts,
): Envelope => ({
  id,
  type,
  timestamp: at.toISOString(),
  programId,
  sequence,
  subject,
  version,
  members,
  data: payload,
});

const MEMBER_SCHEMA = {
  type: 'object',
  properties: { id: { type: 'string', format: 'uuid' }, externalId: { type: 'string' } },
  required: ['id', 'externalId'],
} as const;

/** The body of messages of a type as a JSON Schema (draft 2020-12). Receivers have to bear new fields. */
export function envelopeSchema(type: MessageType): FieldSchema {
  const { version, payload, says } = MESSAGES[type];
  const properties = {
    id: { type: 'string', format: 'uuid' },
    type: { const: type },
    timestamp: { type: 'string', format: 'date-time' },
    programId: { type: 'string', format: 'uuid' },
    sequence: { type: 'integer', minimum: 1 },
    subject: { type: 'string' },
    version: { const: version },
    members: { type: 'array', items: MEMBER_SCHEMA },
    data: schemaOf(payload),
  };
  return { type: 'object', description: says, properties, required: Object.keys(properties) };
}
