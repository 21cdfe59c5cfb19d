import { divideRounded, MAX_MINOR, type Money } from '../money.ts';
import { type FixedRate, valueIn } from '../rates/convert.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import type { PointAward } from './policy.ts';

/**
 * What an award comes to for an event's value, in points; `rates` are those that were fixed for the value.
 * Refuses with `zero_amount` (also an event without a value), `rate_missing` or `amount_too_large`.
 */
export function pointsFor(
  award: PointAward,
  value: Money | null,
  rates: readonly FixedRate[] = [],
): Result<bigint> {
  if (award.kind === 'fixed') return ok(BigInt(award.points));
  if (value === null) return refuse('zero_amount', 'An event without a value brings no points by value.');
  const counted = valueIn(value, rates, award.per.unit);
  if (counted === null) {
    return refuse(
      'rate_missing',
      `The event's value is in ${value.unit}, this rule counts ${award.per.unit}, and no rate between the ` +
        'two was on record for its time.',
    );
  }
  const points_minor = divideRounded(counted.minor * BigInt(award.points), award.per.minor, award.rounding);
  if (points_minor <= 0n) return refuse('zero_amount', 'The event is worth too little for a point.');
  if (points_minor > MAX_MINOR) {
    return refuse('amount_too_large', `An event brings at most ${MAX_MINOR} points.`);
  }
  return ok(points_minor);
}

/** What is left of an event, with the rates that were fixed for its value. */
interface LeftOver {
  readonly whole: boolean;
  readonly value: Money | null;
  readonly rates?: readonly FixedRate[] | undefined;
}

/**
 * How many points a refund takes back of what a rule granted for an event. Nothing left of the event: all
 * that is left of them. Otherwise, of points by value those that the rest of the event would not have
 * brought, and of fixed points none.
 */
export function pointsLost(
  award: PointAward | null,
  granted: { readonly amount_minor: bigint; readonly reversed_minor: bigint },
  left: LeftOver,
): bigint {
  const left_minor = granted.amount_minor - granted.reversed_minor;
  if (left.whole) return left_minor;
  if (award === null || award.kind === 'fixed') return 0n;
  const still = pointsFor(award, left.value, left.rates);
  const keeps_minor = still.ok ? still.value : 0n;
  return left_minor > keeps_minor ? left_minor - keeps_minor : 0n;
}

/**
 * How many points come back, once so much is left of the event again: what was taken of them beyond what the
 * refunds that stand take.
 */
export function pointsRestored(
  award: PointAward | null,
  granted: { readonly amount_minor: bigint; readonly reversed_minor: bigint },
  left: LeftOver,
): bigint {
  const due_minor = pointsLost(award, { ...granted, reversed_minor: 0n }, left);
  return granted.reversed_minor > due_minor ? granted.reversed_minor - due_minor : 0n;
}
