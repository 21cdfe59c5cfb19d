import type { EventInput } from '../../api/events/input.ts';
import type { Purchase } from './cdnow.ts';
import type { Customer, Happening } from './history.ts';
import { emailOf, externalIdOf, ipOf, visitorIdOf } from './people.ts';
import { UNIT } from './policy.ts';

/**
 * A code that nobody can have: codes are drawn from an alphabet without o and i, and no slug has this name.
 */
const MISTYPED = 'noisylink';

export const signupKey = (externalId: string): string => `signup:${externalId}`;
const purchaseKey = ({ customer, ordinal }: Purchase): string =>
  `purchase:${externalIdOf(customer)}:${ordinal}`;

const money = (cents: bigint) => ({ minor: cents.toString(), unit: UNIT });

/**
 * The event that the shop sends for a happening. The key names what happened, so that sending it again is the
 * same event. `codeOf` returns the code that a customer's friends use.
 */
export function eventOf(happening: Happening, codeOf: (customer: string) => string): EventInput {
  const occurredAt = new Date(happening.at_ms).toISOString();
  if (happening.type === 'signup') return { ...signupOf(happening.customer, codeOf), occurredAt };
  const { purchase } = happening;
  const subject = externalIdOf(purchase.customer);
  const key = purchaseKey(purchase);
  if (happening.type === 'purchase') {
    const properties = { channel: 'web', purchase: purchase.ordinal };
    return { type: 'purchase', key, subject, occurredAt, value: money(purchase.cents), properties };
  }
  if (happening.type === 'review') {
    return {
      type: 'review',
      key: `review:${subject}`,
      subject,
      occurredAt,
      properties: { stars: happening.stars },
    };
  }
  return {
    type: 'refund',
    key: `refund:${subject}:${purchase.ordinal}`,
    subject,
    occurredAt,
    refundOf: key,
    ...(happening.cents === null ? {} : { value: money(happening.cents) }),
  };
}

function signupOf({ id, arrival, clicks }: Customer, codeOf: (customer: string) => string): EventInput {
  const subject = externalIdOf(id);
  const code = codeTyped(id, arrival, codeOf);
  return {
    type: 'signup',
    key: signupKey(subject),
    subject,
    email: emailOf(subject),
    ip: ipOf(Number(id)),
    ...(code === null ? {} : { code }),
    ...(clicks ? { visitorId: visitorIdOf(subject) } : {}),
  };
}

function codeTyped(
  id: string,
  arrival: Customer['arrival'],
  codeOf: (customer: string) => string,
): string | null {
  switch (arrival.by) {
    case 'friend':
      return codeOf(arrival.referrer);
    case 'own_code':
      return codeOf(id);
    case 'mistyped':
      return MISTYPED;
    case 'alone':
      return null;
  }
}
