import {
  flagField,
  idField,
  listField,
  momentField,
  moneyField,
  nullableField,
  oneOfField,
  recordField,
  textField,
} from './field.ts';
import { message } from './rule.ts';

const SOURCE = oneOfField('referral', 'milestone', 'achievement', 'level', 'season', 'operator');
const KIND = oneOfField('credit', 'badge', 'perk');
/** A badge or a perk has a label, and credit an amount. */
export const BENEFIT = { kind: KIND, label: nullableField(textField), amount: nullableField(moneyField) };
const REWARD = { rewardId: idField, referralId: nullableField(idField), memberId: idField };
const TAKEN = {
  rewardId: nullableField(idField),
  ruleId: textField,
  memberId: idField,
  amount: nullableField(moneyField),
};

export const REWARD_MESSAGES = {
  'reward.granted': message(['referral', 'member'], 'A member was granted a reward.', {
    ...REWARD,
    ...BENEFIT,
    source: SOURCE,
    ruleId: textField,
    status: oneOfField('held', 'available'),
    maturesAt: momentField,
  }),
  'reward.available': message(
    ['referral', 'member'],
    'A reward’s hold ended; `amount` is what is left of it.',
    {
      ...REWARD,
      amount: nullableField(moneyField),
    },
  ),
  'reward.held': message(['referral', 'member'], 'An operator keeps a reward from maturing.', {
    ...REWARD,
    eventId: idField,
  }),
  'reward.released': message(['referral', 'member'], 'An operator lets a reward mature again.', {
    ...REWARD,
    eventId: idField,
  }),
  'reward.reversed': message(
    ['referral', 'member'],
    'Rewards were taken back, in part or whole; `unqualified` when their referral was refunded.',
    {
      referralId: nullableField(idField),
      eventId: nullableField(idField),
      unqualified: flagField,
      reversed: listField(recordField(TAKEN)),
    },
  ),
  'reward.restored': message(
    ['referral', 'member'],
    'A refund was itself taken back, and so the part that it had taken of rewards.',
    {
      referralId: nullableField(idField),
      eventId: nullableField(idField),
      restored: listField(recordField(TAKEN)),
    },
  ),
  'reward.revoked': message(['referral', 'member'], 'An operator took back a badge or a perk.', {
    ...REWARD,
    kind: KIND,
    label: nullableField(textField),
  }),
};
