import { countField, idField, moneyField, nullableField, oneOfField, textField } from './field.ts';
import { message } from './rule.ts';

/** A threshold is a count, `at`, or an amount. */
const MILESTONE = {
  awardId: idField,
  memberId: idField,
  milestoneId: textField,
  step: textField,
  at: nullableField(countField),
  amount: nullableField(moneyField),
  nth: countField,
  policyVersion: countField,
  status: oneOfField('waiting', 'awarded', 'reversed'),
  rewardId: nullableField(idField),
};

export const MILESTONE_MESSAGES = {
  'milestone.reached': message(
    ['member'],
    'A member reached a milestone; `waiting` when the budget has no room for its reward.',
    MILESTONE,
  ),
  'milestone.reversed': message(['member'], 'A member no longer reaches a reversible milestone.', MILESTONE),
};
