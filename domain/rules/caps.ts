import { ok, type Result, refuse } from '../refusal.ts';
import type { RewardFacts } from '../rewards/facts.ts';
import type { Rule } from '../rewards/rule.ts';

/** What a recipient has had of a rule within the cap's period, net of what was taken back. */
export interface Granted {
  readonly amount_minor: bigint;
  readonly count: number;
}

/** The row of the facts that is about this rule and recipient; no row means that nothing was granted yet. */
export function grantedOf(facts: Pick<RewardFacts, 'granted'>, ruleId: string, recipientId: string): Granted {
  const row = facts.granted.find((it) => it.rule_id === ruleId && it.recipient_id === recipientId);
  return row ?? { amount_minor: 0n, count: 0 };
}

/**
 * How much of a wanted amount (null: a badge or perk, which has none) a rule's cap still allows: the amount clipped to the room that
 * is left, or `cap_reached` when the count is used up or no room is left. No cap: all of it.
 */
export function clipToCap(rule: Rule, wanted_minor: bigint | null, granted: Granted): Result<bigint | null> {
  const cap = rule.cap;
  if (cap === null) return ok(wanted_minor);
  const period = cap.period_days === null ? 'in all' : `in ${cap.period_days} days`;
  if (cap.count !== null && granted.count >= cap.count) {
    return refuse('cap_reached', `This rule grants at most ${cap.count} times ${period}.`);
  }
  if (cap.amount === null || wanted_minor === null) return ok(wanted_minor);
  const room_minor = cap.amount.minor - granted.amount_minor;
  if (room_minor <= 0n) {
    return refuse(
      'cap_reached',
      `This rule grants at most ${cap.amount.minor} minor units of ${cap.amount.unit} ${period}.`,
    );
  }
  return ok(wanted_minor < room_minor ? wanted_minor : room_minor);
}
