import { isPointsUnit } from '../iso4217.ts';
import type { Money } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { DAY_MS } from '../time.ts';

/**
 * A limit for one recipient of one rule: an amount or a number of grants within `period_days` (null: for
 * ever).
 */
export interface CapLimits {
  readonly amount: Money | null;
  readonly count: number | null;
  readonly period_days: number | null;
}

/** What a recipient has had of a rule within the cap's period, net of what was taken back. */
export interface Granted {
  readonly amount_minor: bigint;
  readonly count: number;
}

/** The same with the rule and the recipient. */
export interface GrantedRow extends Granted {
  readonly ruleId: string;
  readonly recipientId: string;
}

/**
 * Where a cap's window begins for an event: what was granted after this moment counts, and what was granted
 * at it does not. Null: the cap has no period, and all counts. A period of N days is N × 24 hours that end
 * with the event's own time.
 */
export function capStart(cap: Pick<CapLimits, 'period_days'> | null, occurred_at_ms: number): number | null {
  if (cap === null || cap.period_days === null) return null;
  return occurred_at_ms - cap.period_days * DAY_MS;
}

/** The row about this rule and recipient; no row means that nothing was granted yet. */
export function grantedOf(rows: readonly GrantedRow[], ruleId: string, recipientId: string | null): Granted {
  const row = rows.find((it) => it.ruleId === ruleId && it.recipientId === recipientId);
  return row ?? { amount_minor: 0n, count: 0 };
}

/** The rows with one more grant. */
export function addGranted(rows: readonly GrantedRow[], grant: GrantedRow): readonly GrantedRow[] {
  const { ruleId, recipientId } = grant;
  const before = grantedOf(rows, ruleId, recipientId);
  const others = rows.filter((it) => it.ruleId !== ruleId || it.recipientId !== recipientId);
  const amount_minor = before.amount_minor + grant.amount_minor;
  return [...others, { ruleId, recipientId, count: before.count + grant.count, amount_minor }];
}

/**
 * How much of a wanted amount (null: a badge or perk, which has none) a cap still allows: the amount clipped
 * to the room that is left, or `cap_reached` when the count is used up or no room is left. No cap: all of it.
 */
export function clipToCap(
  cap: CapLimits | null,
  wanted_minor: bigint | null,
  granted: Granted,
): Result<bigint | null> {
  if (cap === null) return ok(wanted_minor);
  if (cap.count !== null && granted.count >= cap.count) return reached(cap, `${cap.count} times`);
  if (cap.amount === null || wanted_minor === null) return ok(wanted_minor);
  const room_minor = cap.amount.minor - granted.amount_minor;
  if (room_minor <= 0n) return reached(cap, describeAmount(cap.amount));
  return ok(wanted_minor < room_minor ? wanted_minor : room_minor);
}

function reached({ period_days }: CapLimits, limit: string): Result<never> {
  const period = period_days === null ? 'in all' : `in ${period_days} days`;
  return refuse('cap_reached', `This rule grants at most ${limit} ${period}.`);
}

function describeAmount({ minor, unit }: Money): string {
  return isPointsUnit(unit) ? `${minor} points` : `${minor} minor units of ${unit}`;
}
