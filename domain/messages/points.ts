import { countField, idField, listField, moneyField, nullableField, oneOfField, textField } from './field.ts';
import { message } from './rule.ts';

const MOVED = {
  postingId: idField,
  memberId: idField,
  source: oneOfField('rule', 'achievement', 'operator', 'reversal'),
  ruleId: nullableField(textField),
  eventId: nullableField(idField),
  amount: moneyField,
};
/**
 * Levels by the policy's ids; null is below the first. `lifetime` is the points of the member's whole life.
 */
const LEVEL = {
  memberId: idField,
  from: nullableField(textField),
  to: nullableField(textField),
  passed: listField(textField),
  lifetime: moneyField,
};

export const POINTS_MESSAGES = {
  'points.earned': message(['member'], 'A member got points.', MOVED),
  'points.taken': message(['member'], 'Points were taken from a member; `amount` is what was taken.', MOVED),
  'level.reached': message(['member'], 'A member rose to the level `to`, past those in `passed`.', LEVEL),
  'level.fell': message(['member'], 'A member fell to the level `to`.', LEVEL),
  'achievement.earned': message(['member'], 'A member earned an achievement, for the `number`th time.', {
    awardId: idField,
    memberId: idField,
    achievement: textField,
    name: textField,
    number: countField,
    eventId: idField,
    benefit: oneOfField('points', 'credit', 'badge', 'perk'),
    postingId: nullableField(idField),
  }),
  'achievement.lost': message(['member'], 'A refund took the ground from an achievement.', {
    awardId: idField,
    memberId: idField,
    achievement: textField,
    eventId: idField,
  }),
};
