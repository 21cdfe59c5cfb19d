import { isOfNth, type Rule } from '../rewards/rule.ts';
import { asksForCount } from '../rules/condition.ts';
import type { QualificationPolicy } from './policy.ts';
import { isTiedToQualifying } from './refund.ts';

/**
 * The part of a policy that may ask for the referrer's count: how many of their referrals had qualified by
 * the time of an action.
 */
interface CountedPolicy {
  readonly qualification: Pick<QualificationPolicy, 'event' | 'condition'>;
  readonly rules: readonly Rule[];
}

const looking = new WeakMap<CountedPolicy, boolean>();

/** Whether anything in a policy goes by the count at an action's own time. */
export function looksAtCount(policy: CountedPolicy): boolean {
  const known = looking.get(policy);
  if (known !== undefined) return known;
  const { qualification, rules } = policy;
  const looks =
    asksForCount(qualification.condition) ||
    rules.some((rule) => isOfNth(rule) || asksForCount(rule.condition));
  looking.set(policy, looks);
  return looks;
}

/** Whether the count decides which action qualifies a referral. */
export const qualifiesByCount = ({ qualification }: CountedPolicy): boolean =>
  asksForCount(qualification.condition);

/** Whether a rule pays for actions of this type, by the count. */
export const isCountedEach = ({ trigger, condition }: Rule, type: string): boolean =>
  trigger.on === 'nth_event' && trigger.event === type && asksForCount(condition);

/** Whether a rule pays for the action that qualifies, by the count. */
export const isOfCountedPlace = (rule: Rule): boolean =>
  isTiedToQualifying(rule) && (isOfNth(rule) || asksForCount(rule.condition));

/** Whether a rule pays for the signup, by the count. */
export const isOfCountedSignup = ({ trigger, condition }: Rule): boolean =>
  trigger.on === 'signed_up' && asksForCount(condition);

/** Whether the count is asked for about actions of this type, each for itself. */
export const needsCount = (policy: CountedPolicy, type: string): boolean =>
  (type === policy.qualification.event && qualifiesByCount(policy)) ||
  policy.rules.some((rule) => isCountedEach(rule, type));
