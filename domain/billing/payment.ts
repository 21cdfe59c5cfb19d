import { divideRounded } from '../money.ts';
import type { BillingFact, IgnoredReason } from './fact.ts';

/** The purchase that a payment became. */
export interface Purchase {
  readonly key: string;
  readonly subject: string;
  readonly unit: string;
  readonly gross_minor: bigint;
  readonly value_minor: bigint;
}

/** A refund of a payment. */
export interface PaymentRefund {
  readonly key: string;
  readonly unit: string;
  readonly gross_minor: bigint;
  readonly occurred_at_ms: number;
  /** What it took of the purchase's value; null: it waits for the purchase. */
  readonly taken_minor: bigint | null;
  /** Whether it was taken back, and so takes nothing any more. */
  readonly isTakenBack: boolean;
}

/** All that is known of one payment. */
export interface Payment {
  readonly ids: readonly string[];
  readonly purchase: Purchase | null;
  readonly refunds: readonly PaymentRefund[];
}

/** A fact about a payment. */
export type PaymentFact = Extract<BillingFact, { kind: 'linked' | 'purchased' | 'refunded' | 'reinstated' }>;

/** An event of the engine that a fact brings. */
export type PaymentEvent =
  | { readonly type: 'purchase'; readonly purchase: Purchase; readonly occurred_at_ms: number }
  | { readonly type: 'refund'; readonly purchase: Purchase; readonly refund: TakenRefund }
  | {
      readonly type: 'reinstated';
      readonly purchase: Purchase;
      readonly refund: PaymentRefund;
      readonly occurred_at_ms: number;
    };

export type TakenRefund = PaymentRefund & { readonly taken_minor: bigint };

export interface Settled {
  readonly payment: Payment;
  readonly events: readonly PaymentEvent[];
  /** Why the fact brought no event of its own; null: it did, or nothing is wrong. */
  readonly ignored: IgnoredReason | null;
}

/**
 * Settles a fact with what is known of its payment. `known` are the payments that share an id with it: more
 * than one when the fact is what shows that they are the same. `subject` is the member who paid, for a
 * purchase; null: nobody was found.
 *
 * Whatever the order and however often facts come, one payment becomes one purchase, and its refunds never
 * take more than its value: the last part of the price takes the last part of the value. Null when two
 * purchases are on record for what turns out to be one payment: both stay as they are.
 */
export function settle(known: readonly Payment[], fact: PaymentFact, subject: string | null): Settled | null {
  const purchases = known.flatMap(({ purchase }) => purchase ?? []);
  if (purchases.length > 1) return null;
  const merged: Payment = {
    ids: [...new Set([...known.flatMap(({ ids }) => ids), ...fact.ids])],
    purchase: purchases[0] ?? null,
    refunds: known.flatMap(({ refunds }) => refunds),
  };
  if (fact.kind === 'linked') return takeBack(merged, []);
  if (fact.kind === 'refunded') return withRefund(merged, fact);
  if (fact.kind === 'reinstated') return withoutRefund(merged, fact);
  return withPurchase(merged, fact, subject);
}

function withPurchase(
  merged: Payment,
  fact: Extract<PaymentFact, { kind: 'purchased' }>,
  subject: string | null,
): Settled {
  if (merged.purchase !== null) return { ...takeBack(merged, []), ignored: 'already_recorded' };
  if (subject === null) return { payment: merged, events: [], ignored: 'no_member' };
  const purchase: Purchase = {
    key: purchaseKey(merged.ids),
    subject,
    unit: fact.gross.unit,
    gross_minor: fact.gross.minor,
    value_minor: fact.value_minor,
  };
  const bought = { type: 'purchase', purchase, occurred_at_ms: fact.occurred_at_ms } as const;
  return takeBack({ ...merged, purchase }, [bought]);
}

function withRefund(merged: Payment, fact: Extract<PaymentFact, { kind: 'refunded' }>): Settled {
  if (merged.refunds.some(({ key }) => key === fact.key)) {
    return { ...takeBack(merged, []), ignored: 'already_recorded' };
  }
  const { key, gross, occurred_at_ms } = fact;
  const made = { key, unit: gross.unit, gross_minor: gross.minor, occurred_at_ms };
  const refund = { ...made, taken_minor: null, isTakenBack: false };
  const settled = takeBack({ ...merged, refunds: [...merged.refunds, refund] }, []);
  if (merged.purchase === null || settled.events.length > 0) return settled;
  return { ...settled, ignored: gross.unit === merged.purchase.unit ? 'nothing_left' : 'currency_differs' };
}

type Reinstated = Extract<PaymentFact, { kind: 'reinstated' }>;

/**
 * Takes a refund back. One that is not on record and cannot be made any more is put there as taken back, for
 * its own fact may come later. Refunds that found nothing left take their part now.
 */
function withoutRefund(merged: Payment, { key, gross, otherwise, occurred_at_ms }: Reinstated): Settled {
  const refund = merged.refunds.find((it) => it.key === key);
  if (refund === undefined) {
    const made = gross === null ? [] : [{ key, unit: gross.unit, gross_minor: gross.minor, occurred_at_ms }];
    const gone = made.map((it) => ({ ...it, taken_minor: null, isTakenBack: true }));
    const refunds = [...merged.refunds, ...gone];
    return { ...takeBack({ ...merged, refunds }, []), ignored: otherwise };
  }
  if (refund.isTakenBack) return { ...takeBack(merged, []), ignored: 'already_recorded' };
  const refunds = merged.refunds.map((it) => {
    if (it === refund) return { ...it, isTakenBack: true };
    return it.taken_minor === 0n ? { ...it, taken_minor: null } : it;
  });
  const { purchase } = merged;
  const took = purchase !== null && refund.taken_minor !== null && refund.taken_minor > 0n;
  const event = took ? [{ type: 'reinstated', purchase, refund, occurred_at_ms } as const] : [];
  return { ...takeBack({ ...merged, refunds }, event), ignored: took ? null : otherwise };
}

/** Lets the refunds that wait take their part, once the purchase is there. */
function takeBack(payment: Payment, before: readonly PaymentEvent[]): Settled {
  const { purchase } = payment;
  if (purchase === null) return { payment, events: before, ignored: null };
  let gross_minor = 0n;
  let taken_minor = 0n;
  for (const refund of payment.refunds) {
    if (refund.taken_minor === null || refund.isTakenBack || refund.unit !== purchase.unit) continue;
    gross_minor += refund.gross_minor;
    taken_minor += refund.taken_minor;
  }
  const refunds: PaymentRefund[] = [];
  const events = [...before];
  for (const refund of payment.refunds) {
    if (refund.taken_minor !== null || refund.isTakenBack) {
      refunds.push(refund);
      continue;
    }
    if (refund.unit === purchase.unit) gross_minor += refund.gross_minor;
    const taken: TakenRefund = { ...refund, taken_minor: dueOf(purchase, gross_minor) - taken_minor };
    taken_minor += taken.taken_minor;
    refunds.push(taken);
    if (taken.taken_minor > 0n) events.push({ type: 'refund', purchase, refund: taken });
  }
  return { payment: { ...payment, refunds }, events, ignored: null };
}

/** What of the purchase's value is taken back when this much of its price was given back. */
function dueOf({ gross_minor, value_minor }: Purchase, refunded_minor: bigint): bigint {
  const counted = refunded_minor < gross_minor ? refunded_minor : gross_minor;
  return divideRounded(value_minor * counted, gross_minor, 'half_even');
}

/** The key of a purchase: by its invoice, else by its payment intent. */
function purchaseKey(ids: readonly string[]): string {
  const invoice = ids.find((id) => id.startsWith('in_'));
  if (invoice !== undefined) return `stripe:invoice:${invoice}`;
  return `stripe:payment:${ids.find((id) => id.startsWith('pi_')) ?? ids[0] ?? ''}`;
}
