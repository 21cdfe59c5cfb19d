import { flag, id, listOf, moment, money, nullable, oneOf, record, text } from './field.ts';
import { message } from './rule.ts';

const SOURCE = oneOf('referral', 'milestone', 'achievement', 'level', 'season', 'operator');
const KIND = oneOf('credit', 'badge', 'perk');
/** A badge or a perk has a label, and credit an amount. */
export const BENEFIT = { kind: KIND, label: nullable(text), amount: nullable(money) };
const REWARD = { rewardId: id, referralId: nullable(id), memberId: id };
const TAKEN = { rewardId: nullable(id), ruleId: text, memberId: id, amount: nullable(money) };

export const REWARD_MESSAGES = {
  'reward.granted': message(['referral', 'member'], 'A member was granted a reward.', {
    ...REWARD,
    ...BENEFIT,
    source: SOURCE,
    ruleId: text,
    status: oneOf('held', 'available'),
    maturesAt: moment,
  }),
  'reward.available': message(
    ['referral', 'member'],
    'A reward’s hold ended; `amount` is what is left of it.',
    {
      ...REWARD,
      amount: nullable(money),
    },
  ),
  'reward.reversed': message(
    ['referral', 'member'],
    'Rewards were taken back, in part or whole; `unqualified` when their referral was refunded.',
    { referralId: nullable(id), eventId: nullable(id), unqualified: flag, reversed: listOf(record(TAKEN)) },
  ),
  'reward.revoked': message(['referral', 'member'], 'An operator took back a badge or a perk.', {
    ...REWARD,
    kind: KIND,
    label: nullable(text),
  }),
};
