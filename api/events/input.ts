import { z } from 'zod';
import { RESERVED_KEY_PREFIXES } from '../../engine/events/commands.ts';
import { checkTexts } from '../http/text.ts';
import { externalId, instant, moneyJson, waitMs } from '../trpc/schemas.ts';
import { withoutDetails } from './details.ts';
import { propertiesInput } from './properties.ts';

/** The caller's idempotency key of an event: the same key, the same event. */
export const eventKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
  .refine(
    (key) => !RESERVED_KEY_PREFIXES.some((prefix) => key.startsWith(prefix)),
    'begins with a prefix that is reserved',
  );

const common = { key: eventKey, occurredAt: instant.optional() };

/** A detail of a signup, which anything may stand in: `readDetails` says what it is worth. */
const detail = z.custom<string | null>().optional();

/** The host's own id of an order: anything printable that fits a line. */
export const orderId = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters');

/** What a caller may send; unknown fields are refused. */
const signup = z.strictObject({
  ...common,
  type: z.literal('signup'),
  subject: externalId,
  email: detail,
  code: detail,
  clickId: detail,
  visitorId: detail,
  /** Its keyed hash is all that is kept. */
  ip: detail,
  existingCustomer: z.boolean().optional(),
});

const refund = z.strictObject({
  ...common,
  type: z.literal('refund'),
  subject: externalId,
  /** The key of the event that it takes back. */
  refundOf: eventKey,
  /** Less than the whole event; left out: all of it. */
  value: moneyJson.optional(),
});

const action = z.strictObject({
  ...common,
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,49}$/, 'must be 1 to 50 of a-z, 0-9 and _, and begin with a letter')
    .refine((type) => type !== 'signup' && type !== 'refund'),
  subject: externalId,
  /** The host's own id of the order that it is: an order counts once, whatever the key. */
  orderId: orderId.optional(),
  value: moneyJson.optional(),
  properties: propertiesInput.optional(),
});

export type SignupInput = z.infer<typeof signup>;
export type RefundInput = z.infer<typeof refund>;
export type ActionInput = z.infer<typeof action>;
export type EventInput = SignupInput | RefundInput | ActionInput;

const BY_TYPE: Readonly<Record<string, z.ZodType<EventInput>>> = { signup, refund };

/**
 * The schema for an event, picked by its type, so that the issues named are of the kind of event that was
 * meant.
 */
function schemaFor(input: unknown): z.ZodType<EventInput> {
  const type = input !== null && typeof input === 'object' && 'type' in input ? input.type : undefined;
  return (typeof type === 'string' && Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined) ?? action;
}

/** Checks the form of one event. Throws a `ZodError`, or `text_invalid` as `checkTexts` does. */
export function parseEvent(input: unknown): EventInput {
  checkTexts(withoutDetails(input));
  return schemaFor(input).parse(input);
}

const waitOnly = z.looseObject({ wait_ms: waitMs });

/** What the caller of `events.record` sends: one event, and how long to wait for its decision. */
export type RecordRequest = EventInput & { readonly wait_ms?: number | undefined };

/** An event with how long its sender waits for the decision. */
export interface RecordInput {
  readonly event: EventInput;
  readonly wait_ms: number;
}

/** Splits `wait_ms` from the event and checks both; throws as `parseEvent` does. */
export function parseRecord(input: unknown): RecordInput {
  const { wait_ms, ...event } = waitOnly.parse(input);
  return { event: parseEvent(event), wait_ms };
}
