import { formatMoney, type Money } from '../money.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import type { RewardFacts } from '../rewards/facts.ts';
import { rewardConditionFacts } from '../rewards/rewards.ts';
import { meetsCondition } from '../rules/condition.ts';
import { DAY_MS, HOUR_MS } from '../time.ts';
import type { QualificationPolicy } from './policy.ts';

/**
 * Clocks of a host's services differ: an action stamped this much before its signup still counts as after it.
 */
export const ORDER_TOLERANCE_MS = HOUR_MS;

/**
 * Whether an action makes its referral successful, asked once it is known to be of the qualifying type.
 * `left`: what refunds have left of its value, which the least value is asked of; the condition looks at the
 * value as it was sent, since no refund asks it again.
 * Refusals: outside_qualification_window, rate_missing, below_minimum, condition_false, condition_invalid.
 */
export function checkQualification(
  { qualification }: { readonly qualification: QualificationPolicy },
  facts: RewardFacts,
  signed_up_at_ms: number,
  left: Money | null = facts.eventValue,
): Result<true> {
  const after_ms = facts.occurred_at_ms - signed_up_at_ms;
  if (after_ms < -ORDER_TOLERANCE_MS || after_ms > qualification.within_days * DAY_MS) {
    return outsideWindow(qualification);
  }
  const enough = checkMinimum(qualification.min_value, left);
  if (!enough.ok || qualification.condition === null) return enough;
  const sentence = 'The policy’s condition for qualifying does not hold.';
  return meetsCondition(qualification.condition, rewardConditionFacts(facts), sentence);
}

export const outsideWindow = ({ within_days }: Pick<QualificationPolicy, 'within_days'>) =>
  refuse('outside_qualification_window', `It did not happen within ${within_days} days after the signup.`);

function checkMinimum(min: Money | null, value: Money | null): Result<true> {
  if (min === null) return ok(true);
  if (value === null) return refuse('below_minimum', `It needs a value of at least ${formatMoney(min)}.`);
  if (value.unit !== min.unit) {
    return refuse(
      'rate_missing',
      `The policy asks for ${min.unit}, the event is in ${value.unit}, and no rate between the two was on ` +
        'record for its time.',
    );
  }
  return value.minor >= min.minor
    ? ok(true)
    : refuse('below_minimum', `Its value is below ${formatMoney(min)}.`);
}
