import { MAX_MINOR, type Money, shareOf } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { deltaAt } from './entitlement.ts';
import type { RewardFacts } from './facts.ts';
import type { Benefit } from './rule.ts';

/**
 * What a benefit comes to before any cap of its rule: null for badges and perks, minor units of the policy's
 * unit otherwise. Refuses with `zero_amount` (also an event without a value), `rate_missing` or
 * `amount_too_large`.
 */
export function benefitAmount(
  benefit: Benefit,
  unit: string,
  facts: Pick<RewardFacts, 'eventValue' | 'qualifiedCount'>,
): Result<bigint | null> {
  switch (benefit.kind) {
    case 'badge':
    case 'perk':
      return ok(null);
    case 'fixed':
      return payable(benefit.amount);
    case 'percentage':
      return percentage(benefit, unit, facts.eventValue);
    case 'milestone_rate': {
      const count = facts.qualifiedCount;
      if (count < 1) return refuse('zero_amount', 'No referral has qualified yet.');
      return payable(deltaAt(count, benefit.base, benefit.steps));
    }
  }
}

function percentage(
  benefit: Extract<Benefit, { kind: 'percentage' }>,
  unit: string,
  value: Money | null,
): Result<bigint> {
  if (value === null) return refuse('zero_amount', 'A percentage of an event without a value is nothing.');
  if (value.unit !== unit) {
    return refuse(
      'rate_missing',
      `The event's value is in ${value.unit}, this program rewards in ${unit}, and no rate between the two ` +
        'was on record for its time.',
    );
  }
  const share = shareOf(value, benefit.rate_bp, 'half_even');
  return payable(benefit.cap !== null && share.minor > benefit.cap.minor ? benefit.cap : share);
}

function payable({ minor }: Money): Result<bigint> {
  if (minor <= 0n) return refuse('zero_amount', 'The rule comes to nothing here.');
  if (minor > MAX_MINOR) {
    return refuse('amount_too_large', `A reward is at most ${MAX_MINOR} minor units.`);
  }
  return ok(minor);
}
