import { daysSince } from '../rules/facts.ts';
import type { PointsFacts } from './facts.ts';

/** What rules see of an action that other events may move, which come later. */
export interface Seen {
  /** Which of the member's actions of its type it is. */
  readonly number: number;
  /** Who is credited with the member's signup, which happened before; null: nobody. */
  readonly referrerId: string | null;
  /** How many of the referrer's referrals had qualified by then; 0 without a referrer. */
  readonly qualifiedCount: number;
  readonly signed_up_at_ms: number | null;
}

/** The facts about an action for whoever sees this. */
export const factsSeen = (
  facts: PointsFacts,
  { number, referrerId, qualifiedCount, signed_up_at_ms }: Seen,
): PointsFacts => ({
  ...facts,
  eventOrdinal: number,
  daysSinceSignup: daysSince(signed_up_at_ms, facts.occurred_at_ms),
  referrer: referrerId === null ? null : { id: referrerId, qualifiedCount },
});
