import { isCurrency } from '../iso4217.ts';
import { divideRounded, MAX_MINOR, type Money, WHOLE_BP } from '../money.ts';
import {
  type CatalogueKind,
  KIND_METHODS,
  type RedemptionMethod,
  STRIPE_METHODS,
} from '../redemptions/methods.ts';
import { ok, type RefusalCode, type Result, refuse } from '../refusal.ts';

/** How a share of a fee is rounded to whole minor units, as in a policy's percentages. */
export const FEE_ROUNDING = 'half_even';

/** What a cash-out costs: a fixed part, in the item's unit, and a share in basis points. */
export interface Fee {
  readonly fixed_minor: bigint;
  readonly rate_bp: number;
}

/** What an item costs and gives. */
export interface CatalogueTerms {
  readonly kind: CatalogueKind;
  readonly method: RedemptionMethod;
  readonly unit: string;
  /** Null: the member names the amount, from `min_minor` on. */
  readonly price_minor: bigint | null;
  readonly min_minor: bigint | null;
  /** What is paid for the price, when that is not the price less the fee. */
  readonly value: Money | null;
  readonly fee: Fee;
}

/** Who may have an item, and when. Times in milliseconds since 1970. */
export interface CatalogueLimits {
  readonly active: boolean;
  readonly starts_at_ms: number | null;
  readonly ends_at_ms: number | null;
  readonly min_level: number | null;
  readonly badge: string | null;
  readonly member_limit: number | null;
}

/** What the rules ask about the member who wants an item. */
export interface CatalogueFacts {
  readonly now_ms: number;
  /** The member's lifetime level; null: none, or the program has no levels. */
  readonly level: number | null;
  readonly holds_badge: boolean;
  /** Redemptions of the item by the member that are under way or done. */
  readonly redeemed: number;
  /** Units or codes left; null: unlimited. */
  readonly left: number | null;
}

/** What a redemption sets aside, keeps and pays. */
export interface Quote {
  readonly amount: Money;
  readonly fee_minor: bigint;
  readonly payout: Money;
}

/** The fee on an amount, in minor units: the fixed part and the share, the share rounded half to even. */
export function feeOn(amount_minor: bigint, { fixed_minor, rate_bp }: Fee): bigint {
  return fixed_minor + divideRounded(amount_minor * BigInt(rate_bp), WHOLE_BP, FEE_ROUNDING);
}

/**
 * What redeeming an item sets aside, keeps and pays. `amount`: what the member names for an item without a
 * price, or null. Refuses with `item_invalid` (an amount for an item with a price, or none for one without),
 * `unit_mismatch`, or `below_minimum` (also when the fee would leave nothing).
 */
export function quoteItem(terms: CatalogueTerms, amount: Money | null): Result<Quote> {
  if ((amount === null) !== (terms.price_minor !== null)) {
    return amount === null
      ? refuse('item_invalid', 'This item has no price: name an amount.')
      : refuse('item_invalid', 'This item has a price: name no amount.');
  }
  if (amount !== null && amount.unit !== terms.unit) {
    return refuse('unit_mismatch', `This item is redeemed in ${terms.unit}.`);
  }
  const { unit } = terms;
  const minor = amount?.minor ?? terms.price_minor ?? 0n;
  const min = terms.min_minor ?? 1n;
  if (minor < min) {
    return refuse('below_minimum', `The least that can be redeemed is ${min} minor units of ${unit}.`);
  }
  const fee_minor = feeOn(minor, terms.fee);
  if (fee_minor >= minor) return refuse('below_minimum', 'The fee would leave nothing of it.');
  const payout = terms.value ?? { minor: minor - fee_minor, unit };
  return ok({ amount: { minor, unit }, fee_minor, payout });
}

/** Why a member may not have an item now, in the order in which it is checked. */
export const ITEM_REFUSALS = [
  'item_inactive',
  'not_eligible',
  'limit_reached',
  'out_of_stock',
] as const satisfies readonly RefusalCode[];

/**
 * Whether a member may have an item now. Refuses, in this order, with `item_inactive` (switched off, or
 * outside its dates), `not_eligible` (level or badge), `limit_reached` or `out_of_stock`.
 */
export function judgeItem(
  item: CatalogueLimits,
  facts: CatalogueFacts,
): Result<void, (typeof ITEM_REFUSALS)[number]> {
  const isEarly = item.starts_at_ms !== null && facts.now_ms < item.starts_at_ms;
  const isLate = item.ends_at_ms !== null && facts.now_ms >= item.ends_at_ms;
  if (!item.active || isEarly || isLate) return refuse('item_inactive', 'This item is not offered now.');
  if (item.min_level !== null && (facts.level === null || facts.level < item.min_level)) {
    return refuse('not_eligible', `This item is for members from level ${item.min_level} on.`);
  }
  if (item.badge !== null && !facts.holds_badge) {
    return refuse('not_eligible', 'This item is for members who hold its badge.');
  }
  if (item.member_limit !== null && facts.redeemed >= item.member_limit) {
    return refuse('limit_reached', 'The member has redeemed this item as often as allowed.');
  }
  if (facts.left !== null && facts.left < 1) return refuse('out_of_stock', 'Nothing of this item is left.');
  return ok(undefined);
}

/**
 * Whether the terms of an item fit together. Prices are in `policyUnit` or in points. Refuses with
 * `item_invalid`, and a sentence for each problem.
 */
export function checkTerms(terms: CatalogueTerms, policyUnit: string): Result<void> {
  const problems = [...checkForm(terms), ...checkAmounts(terms, policyUnit), ...checkFee(terms)];
  return problems.length === 0 ? ok(undefined) : refuse('item_invalid', problems.join(' '));
}

function checkForm({ kind, method, price_minor, min_minor, value, fee }: CatalogueTerms): string[] {
  const problems: string[] = [];
  const isFlexible = kind === 'account_credit' || kind === 'cash_out';
  const hasFee = fee.fixed_minor !== 0n || fee.rate_bp !== 0;
  if (!KIND_METHODS[kind].includes(method)) {
    problems.push(`An item of kind ${kind} is delivered by ${KIND_METHODS[kind].join(' or ')}.`);
  }
  if ((price_minor === null) === (min_minor === null)) problems.push('It has either a price or a minimum.');
  if (price_minor === null && !isFlexible) problems.push(`An item of kind ${kind} has a price.`);
  if (hasFee && kind !== 'cash_out') problems.push('Only a cash-out has a fee.');
  if (value !== null && !isFlexible) problems.push(`An item of kind ${kind} pays no value.`);
  if (value !== null && (hasFee || price_minor === null)) {
    problems.push('What pays a value of its own has a price and no fee.');
  }
  return problems;
}

function checkAmounts(terms: CatalogueTerms, policyUnit: string): string[] {
  const { unit, method, price_minor, min_minor, value } = terms;
  const problems: string[] = [];
  if (unit !== policyUnit && isCurrency(unit)) problems.push(`Its unit is ${policyUnit} or one of points.`);
  for (const minor of [price_minor, min_minor, value?.minor ?? null]) {
    if (minor !== null && (minor < 1n || minor > MAX_MINOR)) {
      problems.push(`Its amounts are from 1 to ${MAX_MINOR} minor units.`);
    }
  }
  // Nobody transfers points.
  if (STRIPE_METHODS.has(method) && !isCurrency(value?.unit ?? unit))
    problems.push('Stripe pays in a currency.');
  return problems;
}

/** Checks the least amount alone: a larger one leaves no less, as the share is below the whole. */
function checkFee({ price_minor, min_minor, fee }: CatalogueTerms): string[] {
  const { fixed_minor, rate_bp } = fee;
  if (fixed_minor < 0n || fixed_minor > MAX_MINOR || rate_bp < 0 || rate_bp >= Number(WHOLE_BP)) {
    return ['Its fee is not negative, and its share is below the whole.'];
  }
  const least = price_minor ?? min_minor ?? 1n;
  if (feeOn(least, fee) < least) return [];
  return ['Its fee would leave nothing of the least that can be redeemed.'];
}
