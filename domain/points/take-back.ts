import type { Money } from '../money.ts';
import type { FixedRate } from '../rates/convert.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import type { AwardSpan, CountedAction } from './achievements.ts';
import { pointsLost } from './award.ts';
import { isAwardValid, isInReach } from './award-validity.ts';
import type { AchievementTest, PointAward } from './policy.ts';

/** A counted action before a refund of it. */
export interface RefundableAction {
  readonly eventId: string;
  readonly occurred_at_ms: number;
  readonly value: Money | null;
  /** Those that were fixed for the value; left out: none. */
  readonly rates?: readonly FixedRate[] | undefined;
  /** What earlier refunds took of the value. */
  readonly refunded_minor: bigint;
  /** Whether an earlier refund left nothing of the action. */
  readonly whole: boolean;
}

/** What a refund leaves of an action. */
export interface ActionRest {
  /** Nothing is left. */
  readonly whole: boolean;
  /** Net of all refunds; null for an action without a value, and after a refund that names none. */
  readonly value: Money | null;
  /** Those that were fixed for the value; left out: none. */
  readonly rates?: readonly FixedRate[] | undefined;
}

/**
 * What is left of an action after a refund of so much; `refund` null: of all that is left. Refusals:
 * `already_refunded`, `unit_mismatch`, `refund_too_large`.
 */
export function decideRest(action: RefundableAction, refund: Money | null): Result<ActionRest> {
  const { value, rates, refunded_minor, whole } = action;
  if (whole) return refuse('already_refunded', 'The event has been refunded before.');
  if (refund === null || value === null) return ok({ whole: true, value: null });
  if (refund.unit !== value.unit) {
    return refuse('unit_mismatch', `The event is worth ${value.unit}, and the refund names ${refund.unit}.`);
  }
  const left_minor = value.minor - refunded_minor - refund.minor;
  if (left_minor < 0n) return refuse('refund_too_large', 'The refund is more than is left of the event.');
  return ok({ whole: left_minor === 0n, value: { minor: left_minor, unit: value.unit }, rates });
}

/** What refunds leave of an action that was worth `value`; each takes so much, or null: all of it. */
export function restOf(value: Money | null, refunds: readonly (bigint | null)[]): ActionRest {
  if (refunds.length === 0) return { whole: false, value };
  if (value === null || refunds.includes(null)) return { whole: true, value: null };
  const left_minor = refunds.reduce<bigint>((left, minor) => left - (minor ?? 0n), value.minor);
  return { whole: left_minor <= 0n, value: { minor: left_minor, unit: value.unit } };
}

/** What an action counts for before a refund; null: nothing is left of it. */
export function countedOf(action: RefundableAction): CountedAction | null {
  const { value, refunded_minor, whole } = action;
  if (whole) return null;
  return countedAs(action, value === null ? null : { ...value, minor: value.minor - refunded_minor });
}

/** The same action for what is left of its value. */
export const countedAs = (
  { occurred_at_ms: at_ms, rates }: RefundableAction,
  value: Money | null,
): CountedAction => ({ at_ms, value, rates });

/** Points that a rule granted for the action. */
export interface RulePosting {
  readonly id: string;
  /** How its rule counts points; null: its policy version lacks the rule. */
  readonly award: PointAward | null;
  readonly amount_minor: bigint;
  /** What earlier refunds took back of it. */
  readonly reversed_minor: bigint;
}

/** An award of the member's that counts actions of the refunded type, with its facts before the refund. */
export interface RefundableAward {
  readonly id: string;
  readonly test: AchievementTest;
  readonly span: AwardSpan;
  /** Its place among the awards of the achievement that were not reversed, from 1. */
  readonly place: number;
  /** The action that completed it, and whether that counts. */
  readonly eventId: string;
  readonly eventCounts: boolean;
  /** The member's counted actions of the type around the span, where the test looks at them. */
  readonly actions: readonly (CountedAction & { readonly eventId: string })[];
  /** How many there are in all. */
  readonly count: number;
}

/** What a refund takes back, and what of the awards stays. */
export interface TakeBackDecision<P extends RulePosting, A extends RefundableAward> {
  /** Each posting that loses points, and how many. */
  readonly losses: readonly { readonly posting: P; readonly lost_minor: bigint }[];
  /** Awards that no longer rest on enough. */
  readonly lostAwards: readonly A[];
  readonly validAwards: readonly A[];
}

/**
 * Decides what a refund takes back of all that the action brought. Postings and awards stay in their order.
 */
export function decideTakeBack<P extends RulePosting, A extends RefundableAward>(
  action: RefundableAction,
  rest: ActionRest,
  facts: { readonly postings: readonly P[]; readonly awards: readonly A[] },
): TakeBackDecision<P, A> {
  const { postings, awards } = facts;
  const validAwards = awards.filter((award) => isValidAfter(action, rest, award));
  return {
    losses: postings
      .map((posting) => ({ posting, lost_minor: pointsLost(posting.award, posting, rest) }))
      .filter(({ lost_minor }) => lost_minor > 0n),
    lostAwards: awards.filter((award) => !validAwards.includes(award)),
    validAwards,
  };
}

function isValidAfter(action: RefundableAction, rest: ActionRest, award: RefundableAward): boolean {
  const { test, span, place } = award;
  if (!isInReach(test, span, action.occurred_at_ms)) return true;
  const actions = award.actions.flatMap((it) => {
    if (it.eventId !== action.eventId) return [it];
    return rest.whole ? [] : [{ ...it, value: rest.value }];
  });
  return isAwardValid(test, span, {
    actions,
    count: rest.whole ? award.count - 1 : award.count,
    place,
    firstCounts: award.eventId === action.eventId ? !rest.whole : award.eventCounts,
  });
}
