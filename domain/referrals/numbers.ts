import type { RewardFacts } from '../rewards/facts.ts';
import type { Rule } from '../rewards/rule.ts';
import { asksForNumber } from '../rules/condition.ts';
import type { QualificationPolicy } from './policy.ts';
import { isTiedToQualifying } from './refund.ts';

/** The part of a policy that may ask for an action's number, which is its place among those of its type. */
interface NumberedPolicy {
  readonly qualification: Pick<QualificationPolicy, 'event' | 'condition'>;
  readonly rules: readonly Rule[];
}

/** Whether a rule pays for some of the actions of this type, by their numbers. */
export const isNumbered = ({ trigger, condition }: Rule, type: string): boolean =>
  trigger.on === 'nth_event' &&
  trigger.event === type &&
  (trigger.from > 1 || trigger.to !== null || asksForNumber(condition));

/** Whether a rule pays for the action that qualifies, and asks for its number. */
export const isOfNumberedPlace = (rule: Rule): boolean =>
  isTiedToQualifying(rule) && asksForNumber(rule.condition);

/** Whether numbers decide which action of this type qualifies a referral. */
export const qualifiesByNumber = ({ qualification }: NumberedPolicy, type: string): boolean =>
  type === qualification.event && asksForNumber(qualification.condition);

/**
 * Whether the number of the action that qualifies a referral is asked for, so that every action counts which
 * may come before it.
 */
export const placeHasNumber = ({ qualification, rules }: NumberedPolicy): boolean =>
  asksForNumber(qualification.condition) || rules.some(isOfNumberedPlace);

/** Whether the number of an action of this type is asked for anywhere. */
export function needsNumber(policy: NumberedPolicy, type: string): boolean {
  const isAsked = (rule: Rule) =>
    rule.trigger.on === 'nth_event'
      ? rule.trigger.event === type
      : rule.trigger.on !== 'signed_up' &&
        type === policy.qualification.event &&
        asksForNumber(rule.condition);
  return qualifiesByNumber(policy, type) || policy.rules.some(isAsked);
}

/** Whether an action counts that earns nothing: a later one of its type may earn by its number. */
export const countsTowards = (
  { rules }: NumberedPolicy,
  { eventType, eventOrdinal }: Pick<RewardFacts, 'eventType' | 'eventOrdinal'>,
): boolean =>
  rules.some(
    ({ trigger }) => trigger.on === 'nth_event' && trigger.event === eventType && eventOrdinal < trigger.from,
  );
