import { customersOf, type Purchase } from './cdnow.ts';
import { randomOf } from './random.ts';
import { type Arrival, growTree } from './tree.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * The data has days only: signups of a day happen from 8 a.m. on, purchases from 6 p.m. on.
 */
const SIGNUPS_FROM_MS = 8 * HOUR_MS;
const SIGNUP_EVERY_MS = 5 * MINUTE_MS;
const PURCHASES_FROM_MS = 18 * HOUR_MS;

/** Of a hundred purchases, so many are returned within four weeks; half of those for half the money. */
export const REFUND_SHARE = 0.03;
const REFUND_DAYS_MAX = 28;
const PARTIAL_SHARE = 0.5;

/** Of a hundred customers, so many review what they bought first, a week later. */
export const REVIEW_SHARE = 0.25;
const REVIEW_AFTER_MS = 7 * DAY_MS;
/** Most who write are content (3 to 5 stars). */
const STARS_FROM = 3;
const STARS_STEPS = 3;

/**
 * How many customers, the first ones, are ambassadors: each has a vanity link.
 */
export const AMBASSADORS = 10;
export const CLICKS_MAX = 400;

export interface Customer {
  readonly id: string;
  readonly arrival: Arrival;
  readonly ambassador: boolean;
  /** Follows the friend's link before signing up. */
  readonly clicks: boolean;
}

export type Happening =
  | { readonly type: 'signup'; readonly customer: Customer; readonly at_ms: number }
  | { readonly type: 'purchase'; readonly purchase: Purchase; readonly at_ms: number }
  | {
      readonly type: 'review';
      readonly purchase: Purchase;
      readonly stars: number;
      readonly at_ms: number;
    }
  /** `cents` null: all of it. */
  | {
      readonly type: 'refund';
      readonly purchase: Purchase;
      readonly cents: bigint | null;
      readonly at_ms: number;
    };

export interface History {
  readonly customers: readonly Customer[];
  /**
   * Customer by customer in the order of their arrival, each one's in the order of time: events of one
   * referral that arrive together reach its workflow together, and so cost fewer workflow tasks.
   */
  readonly happenings: readonly Happening[];
}

/** Everything that the first `count` customers did, with what the rules of this folder add to the data. */
export function historyOf(purchases: readonly Purchase[], count: number): History {
  const ids = customersOf(purchases, count);
  const tree = growTree(ids);
  let clicks = 0;
  const customers = ids.map((id, index): Customer => {
    const arrival = tree.get(id) ?? { by: 'alone' };
    const isClick = arrival.by === 'friend' && clicks < CLICKS_MAX;
    if (isClick) clicks += 1;
    return { id, arrival, ambassador: index < AMBASSADORS, clicks: isClick };
  });
  const wanted = new Set(ids);
  const bought = purchases.filter(({ customer }) => wanted.has(customer)).map(purchaseAt);
  const happenings = [
    ...signupsOf(customers, purchases),
    ...bought,
    ...bought.flatMap(refundOf),
    ...bought.flatMap(reviewOf),
  ];
  const places = new Map(ids.map((id, index) => [id, index]));
  const placeOf = (it: Happening): number => places.get(whoseIs(it)) ?? 0;
  return {
    customers,
    happenings: happenings.sort((a, b) => placeOf(a) - placeOf(b) || a.at_ms - b.at_ms),
  };
}

const whoseIs = (it: Happening): string => (it.type === 'signup' ? it.customer.id : it.purchase.customer);

function signupsOf(customers: readonly Customer[], purchases: readonly Purchase[]): Happening[] {
  const firstDays = new Map(
    purchases.filter(({ ordinal }) => ordinal === 1).map(({ customer, day_ms }) => [customer, day_ms]),
  );
  const perDay = new Map<number, number>();
  return customers.map((customer) => {
    const day_ms = firstDays.get(customer.id) ?? 0;
    const rank = perDay.get(day_ms) ?? 0;
    perDay.set(day_ms, rank + 1);
    return { type: 'signup', customer, at_ms: day_ms + SIGNUPS_FROM_MS + rank * SIGNUP_EVERY_MS };
  });
}

type Bought = Extract<Happening, { type: 'purchase' }>;

/** A minute between the purchases of one customer keeps two of one day in their order. */
const purchaseAt = (purchase: Purchase): Bought => ({
  type: 'purchase',
  purchase,
  at_ms: purchase.day_ms + PURCHASES_FROM_MS + purchase.ordinal * MINUTE_MS,
});

function refundOf({ purchase, at_ms }: Bought): Happening[] {
  const random = randomOf('refund', purchase.customer, String(purchase.ordinal));
  if (random() >= REFUND_SHARE) return [];
  const isPartial = random() < PARTIAL_SHARE && purchase.cents > 1n;
  const days = 1 + Math.floor(random() * REFUND_DAYS_MAX);
  const cents = isPartial ? purchase.cents / 2n : null;
  return [{ type: 'refund', purchase, cents, at_ms: at_ms + days * DAY_MS }];
}

function reviewOf({ purchase, at_ms }: Bought): Happening[] {
  if (purchase.ordinal !== 1) return [];
  const random = randomOf('review', purchase.customer);
  if (random() >= REVIEW_SHARE) return [];
  const stars = STARS_FROM + Math.floor(random() * STARS_STEPS);
  return [{ type: 'review', purchase, stars, at_ms: at_ms + REVIEW_AFTER_MS }];
}
