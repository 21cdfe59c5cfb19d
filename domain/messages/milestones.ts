import { count, id, money, nullable, oneOf, text } from './field.ts';
import { message } from './rule.ts';

/** A threshold is a count, `at`, or an amount. */
const MILESTONE = {
  awardId: id,
  memberId: id,
  milestoneId: text,
  step: text,
  at: nullable(count),
  amount: nullable(money),
  nth: count,
  policyVersion: count,
  status: oneOf('waiting', 'awarded', 'reversed'),
  rewardId: nullable(id),
};

export const MILESTONE_MESSAGES = {
  'milestone.reached': message(
    ['member'],
    'A member reached a milestone; `waiting` when the budget has no room for its reward.',
    MILESTONE,
  ),
  'milestone.reversed': message(['member'], 'A member no longer reaches a reversible milestone.', MILESTONE),
};
