import { createHash } from 'node:crypto';
import { checkLiving } from '../../domain/iso4217.ts';
import type { Money } from '../../domain/money.ts';
import { checkOccurredAt } from '../../domain/time.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { canonicalJson, keyedHash } from '../../platform/hash.ts';
import { nameId, newId } from '../../platform/ids.ts';
import { unwrap } from '../http/errors.ts';
import { moneyOf, positiveMoneyOf } from '../trpc/schemas.ts';
import { type ReadDetails, readDetails } from './details.ts';
import type { EventRow } from './event-row.ts';
import type { EventInput, SignupInput } from './input.ts';

export interface RowOptions {
  readonly programId: string;
  readonly now_ms: number;
  /** Whether the key may tell of what happened more than a day ago. */
  readonly mayImport: boolean;
  readonly hashSecret: string;
  readonly awaited: boolean;
}

/** Checks an event against the domain's limits and makes its row. Throws the refusal as an API error. */
export function rowOf(event: EventInput, options: RowOptions): EventRow {
  const { programId, now_ms, mayImport } = options;
  const occurred_at_ms = event.occurredAt === undefined ? now_ms : Date.parse(event.occurredAt);
  unwrap(checkOccurredAt({ occurred_at_ms, now_ms, may_import: mayImport }));
  const isSignup = event.type === 'signup';
  const value = moneyOfEvent(event, occurred_at_ms);
  const details = isSignup ? readDetails(event as SignupInput, options.hashSecret) : null;
  const payload =
    details === null
      ? actionPayload(event)
      : signupPayload(event as SignupInput, details, options.hashSecret);
  const refundOf = 'refundOf' in event ? event.refundOf : null;
  return {
    program_id: programId,
    id: newId(now_ms),
    key: event.key,
    request_hash: hashOf(event, { payload, refundOf, value, unreadHash: details?.unreadHash ?? null }),
    type: event.type,
    subject: event.subject,
    refund_of: refundOf,
    value_minor: value?.minor.toString() ?? null,
    unit: value?.unit ?? null,
    payload,
    occurred_at: new Date(occurred_at_ms).toISOString(),
    awaited: options.awaited,
    workflow_id: isSignup ? referralWorkflow(nameId('referral', programId, event.subject)) : null,
    code: details?.read.code ?? null,
    order_id: 'orderId' in event ? (event.orderId ?? null) : null,
  };
}

/**
 * An action may be worth nothing, and is worth it in a unit of its time. A refund that names a value takes
 * back something, in the unit of what it takes back, however old.
 */
function moneyOfEvent(event: EventInput, occurred_at_ms: number): Money | null {
  if (!('value' in event) || event.value === undefined) return null;
  if (event.type === 'refund') return positiveMoneyOf(event.value);
  const value = moneyOf(event.value);
  unwrap(checkLiving(value.unit, occurred_at_ms));
  return value;
}

const actionPayload = (event: EventInput): Record<string, unknown> => ({
  ...pick(event, 'properties'),
  ...pick(event, 'orderId'),
});

function signupPayload(
  { existingCustomer }: SignupInput,
  { read: { ip, ...read }, unreadable }: ReadDetails,
  hashSecret: string,
): Record<string, unknown> {
  return {
    ...read,
    ipHash: ip === undefined ? undefined : keyedHash(hashSecret, ip),
    existingCustomer,
    ...(unreadable.length === 0 ? {} : { unreadable }),
  };
}

/** A field of an action, where the caller sent it; none of another event. */
const pick = (event: EventInput, field: 'properties' | 'orderId'): Record<string, unknown> =>
  field in event ? { [field]: (event as Extract<EventInput, { orderId?: unknown }>)[field] } : {};

interface Content {
  readonly payload: object;
  readonly refundOf: string | null;
  readonly value: Money | null;
  readonly unreadHash: string | null;
}

/** The same for every repeat of a request: the caller's own words, without the times and ids that we add. */
function hashOf(event: EventInput, { payload, refundOf, value, unreadHash }: Content): string {
  const said = canonicalJson([
    event.type,
    event.subject,
    event.occurredAt ?? null,
    refundOf,
    value?.minor.toString() ?? null,
    value?.unit ?? null,
    payload,
    ...(unreadHash === null ? [] : [unreadHash]),
  ]);
  return createHash('sha256').update(said).digest('hex');
}
