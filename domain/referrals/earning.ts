import { addDays, DAY_MS } from '../time.ts';

/** The part of a policy that says how long a referral earns, and how long an action may be refunded. */
export interface EarningPolicy {
  /**
   * How long after the signup actions earn; null: without end. Left out, as in policies from before there was
   * this setting: until the referral closes.
   */
  readonly earning_days?: number | null;
  readonly refund_days: number;
}

/** The moment until which a referral's actions earn, in milliseconds since 1970; null: without end. */
export const earnsUntil = (earning_days: number | null, signed_up_at_ms: number): number | null =>
  earning_days === null ? null : addDays(signed_up_at_ms, earning_days);

/**
 * Whether an action earns, by its own time. A policy without `earning_days` does not say: null.
 */
export function earnsAt(
  { earning_days }: EarningPolicy,
  signed_up_at_ms: number,
  occurred_at_ms: number,
): boolean | null {
  if (earning_days === undefined) return null;
  const until_ms = earnsUntil(earning_days, signed_up_at_ms);
  return until_ms === null || occurred_at_ms <= until_ms;
}

/** Whether a refund comes too late for its action, by the times of both. */
export const isRefundLate = (
  { refund_days }: EarningPolicy,
  { acted_at_ms, refunded_at_ms }: { readonly acted_at_ms: number; readonly refunded_at_ms: number },
): boolean => refunded_at_ms > acted_at_ms + refund_days * DAY_MS;
