import type { Money } from '../money.ts';
import type { FixedRate } from '../rates/convert.ts';
import { DAY_MS } from '../time.ts';
import type { GrantedRow } from './caps.ts';
import type { ConditionFacts } from './condition.ts';

/**
 * What every rule looks at, whatever it grants: the event, the member's age, the program, and what was
 * granted before.
 */
export interface RuleFacts {
  readonly occurred_at_ms: number;
  readonly eventType: string;
  /** What the event is worth in the program's unit, where a rate was fixed for it; else as it was sent. */
  readonly eventValue: Money | null;
  /** The value as it was sent, with the rates that were fixed for it; left out: none was. */
  readonly sent?: SentValue | undefined;
  readonly eventProperties: Readonly<Record<string, string | number | boolean>>;
  /** Which event of its type this is for the member who acted, the first being 1. */
  readonly eventOrdinal: number;
  readonly daysSinceSignup: number;
  /** Whether the program grants at the moment of the decision. */
  readonly programLive: boolean;
  /** Those of the possible recipients who are blocked. */
  readonly blockedIds: ReadonlySet<string>;
  /** What recipients have had of each rule with a limit, within the limit's period. */
  readonly granted: readonly GrantedRow[];
}

/** A value, and the rates that its event's decision fixed for it. */
export interface SentValue {
  readonly value: Money;
  readonly rates: readonly FixedRate[];
}

/** Who acted, and who brought them; null: nobody. */
export interface RulePeople {
  readonly referredId: string;
  readonly referrer: { readonly id: string; readonly qualifiedCount: number } | null;
}

/** How many whole days after the signup something happened; 0 before it, and without one. */
export const daysSince = (signed_up_at_ms: number | null, occurred_at_ms: number): number =>
  Math.max(0, Math.floor((occurred_at_ms - (signed_up_at_ms ?? occurred_at_ms)) / DAY_MS));

/** What of the facts a condition sees. */
type SeenFacts = Pick<
  RuleFacts,
  'eventType' | 'eventValue' | 'eventOrdinal' | 'eventProperties' | 'daysSinceSignup'
>;

/**
 * What a condition sees. Its names are a public contract. Without a referrer its id is empty: CEL knows no
 * absent record.
 */
export function conditionFactsOf(facts: SeenFacts, { referredId, referrer }: RulePeople): ConditionFacts {
  return {
    event: {
      type: facts.eventType,
      value: facts.eventValue,
      ordinal: facts.eventOrdinal,
      properties: facts.eventProperties,
    },
    referral: { referred_id: referredId, days_since_signup: facts.daysSinceSignup },
    referrer: { id: referrer?.id ?? '', qualified_count: referrer?.qualifiedCount ?? 0 },
  };
}
