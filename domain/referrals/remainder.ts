import type { Money } from '../money.ts';
import type { FixedRate } from '../rates/convert.ts';
import { ok, type Result, refuse } from '../refusal.ts';

/** What an event was worth, and what refunds take of it. */
export interface RefundedValue {
  /** As it was sent, and refunds are in the same unit. */
  readonly eventValue: Money | null;
  /** Those that the event's decision fixed for its value; left out: none. */
  readonly rates?: readonly FixedRate[] | undefined;
  /**
   * What earlier refunds of the same event took back of its value; for an event without a value, above 0 once
   * it was refunded.
   */
  readonly refunded_before_minor: bigint;
  /** Null: all that is left. */
  readonly refundValue: Money | null;
}

/** What refunds leave of an event. */
export interface Remainder {
  /** Null: the event has no value, so only a full refund exists. */
  readonly value_minor: bigint | null;
  readonly left_minor: bigint;
}

/**
 * What is left of the event's value after this refund. Refuses with `amount_negative`, `amount_zero`,
 * `already_refunded`, `refund_too_large` or `unit_mismatch`.
 */
export function remainderOf({
  eventValue,
  refundValue,
  refunded_before_minor,
}: RefundedValue): Result<Remainder> {
  if (refundValue !== null && refundValue.minor <= 0n) {
    return refundValue.minor < 0n
      ? refuse('amount_negative', 'A refund must not be negative.')
      : refuse('amount_zero', 'A refund of nothing changes nothing.');
  }
  if (eventValue === null) {
    if (refunded_before_minor > 0n) return refuse('already_refunded', 'The event has been refunded before.');
    if (refundValue === null) return ok({ value_minor: null, left_minor: 0n });
    return refuse('refund_too_large', 'The event has no value, so it can only be refunded as a whole.');
  }
  const open_minor = eventValue.minor - refunded_before_minor;
  if (open_minor <= 0n && refunded_before_minor > 0n) {
    return refuse('already_refunded', 'The event has been refunded as a whole before.');
  }
  if (refundValue === null) return ok({ value_minor: eventValue.minor, left_minor: 0n });
  if (refundValue.unit !== eventValue.unit) {
    return refuse(
      'unit_mismatch',
      `The event's value is in ${eventValue.unit}, the refund in ${refundValue.unit}.`,
    );
  }
  if (refundValue.minor > open_minor) {
    return refuse('refund_too_large', `Only ${open_minor} minor units of the event are left to refund.`);
  }
  return ok({ value_minor: eventValue.minor, left_minor: open_minor - refundValue.minor });
}
