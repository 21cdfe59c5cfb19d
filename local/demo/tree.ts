import { randomOf } from './random.ts';

/**
 * How a customer arrived, by the rule. `own_code` and `mistyped`: without a friend, with a code that does not
 * count.
 */
export type Arrival =
  | { readonly by: 'friend'; readonly referrer: string }
  | { readonly by: 'alone' | 'own_code' | 'mistyped' };

/** Of a hundred customers, so many are brought by a friend, */
export const REFERRED_SHARE = 0.6;
/** and of those who are not, so many try their own code, or one with a typing mistake. */
export const OWN_CODE_SHARE = 0.02;
export const MISTYPED_SHARE = 0.03;

/**
 * Who brought whom, which the data does not say: customers arrive in the order of their first purchase; each
 * but the first is referred with the probability `REFERRED_SHARE`, by an earlier customer drawn with a weight
 * of 1 + the friends that customer has brought so far (preferential attachment, after Barabási and Albert,
 * Science 286, 1999). A customer's draw depends on those before only, so a shorter run is the beginning of a
 * longer one.
 */
export function growTree(customers: readonly string[]): ReadonlyMap<string, Arrival> {
  const arrivals = new Map<string, Arrival>();
  // Each customer stands in the urn once for being there, and once more for every friend.
  const urn: string[] = [];
  for (const customer of customers) {
    const arrival = arrive(customer, urn);
    arrivals.set(customer, arrival);
    if (arrival.by === 'friend') urn.push(arrival.referrer);
    urn.push(customer);
  }
  return arrivals;
}

function arrive(customer: string, urn: readonly string[]): Arrival {
  const random = randomOf('arrival', customer);
  const kind = random();
  const referrer = urn[Math.floor(random() * urn.length)];
  if (kind < REFERRED_SHARE && referrer !== undefined) return { by: 'friend', referrer };
  const slip = random();
  if (slip < OWN_CODE_SHARE) return { by: 'own_code' };
  return { by: slip < OWN_CODE_SHARE + MISTYPED_SHARE ? 'mistyped' : 'alone' };
}
