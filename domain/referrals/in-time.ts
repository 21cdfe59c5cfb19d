import type { RewardPolicy, Rule } from '../rewards/rule.ts';

/** The rules that put on hold what they grant for an action. */
export const heldRules = ({ rules }: Pick<RewardPolicy, 'rules'>): Rule[] =>
  rules.filter(({ trigger, hold_days }) => trigger.on === 'nth_event' && hold_days > 0);

/** A time in which something is on hold, in milliseconds since 1970. */
export interface HoldTime {
  readonly from_ms: number;
  readonly until_ms: number;
}

/**
 * When a time ends that would end at `end_ms`, but goes on with each hold that begins before it ends. What
 * began after that end was too late itself, so its hold keeps nothing open.
 */
export function endWithHolds(end_ms: number, holds: readonly HoldTime[]): number {
  let until_ms = end_ms;
  for (const hold of holds.toSorted((a, b) => a.from_ms - b.from_ms)) {
    if (hold.from_ms >= until_ms) break;
    until_ms = Math.max(until_ms, hold.until_ms);
  }
  return until_ms;
}

/** A refund that stands; `minor` null: of all that is left. */
export interface TimedRefund {
  readonly at_ms: number;
  readonly minor: bigint | null;
}

/**
 * When refunds had taken so much of an action's value, by their own times, that `isLost` says so of what is
 * taken; Infinity: never. Whole refunds take `whole_minor`.
 */
export function lostAt(
  refunds: readonly TimedRefund[],
  whole_minor: bigint,
  isLost: (taken_minor: bigint) => boolean,
): number {
  let taken_minor = 0n;
  for (const { at_ms, minor } of refunds.toSorted((a, b) => a.at_ms - b.at_ms)) {
    taken_minor = minor === null ? whole_minor : taken_minor + minor;
    if (isLost(taken_minor)) return at_ms;
  }
  return Number.POSITIVE_INFINITY;
}
