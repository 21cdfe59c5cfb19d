import { count, id, listOf, money, nullable, oneOf, text } from './field.ts';
import { message } from './rule.ts';

const MOVED = {
  postingId: id,
  memberId: id,
  source: oneOf('rule', 'achievement', 'operator', 'reversal'),
  ruleId: nullable(text),
  eventId: nullable(id),
  amount: money,
};
/**
 * Levels by the policy's ids; null is below the first. `lifetime` is the points of the member's whole life.
 */
const LEVEL = {
  memberId: id,
  from: nullable(text),
  to: nullable(text),
  passed: listOf(text),
  lifetime: money,
};

export const POINTS_MESSAGES = {
  'points.earned': message(['member'], 'A member got points.', MOVED),
  'points.taken': message(['member'], 'Points were taken from a member; `amount` is what was taken.', MOVED),
  'level.reached': message(['member'], 'A member rose to the level `to`, past those in `passed`.', LEVEL),
  'level.fell': message(['member'], 'A member fell to the level `to`.', LEVEL),
  'achievement.earned': message(['member'], 'A member earned an achievement, for the `number`th time.', {
    awardId: id,
    memberId: id,
    achievement: text,
    name: text,
    number: count,
    eventId: id,
    benefit: oneOf('points', 'credit', 'badge', 'perk'),
    postingId: nullable(id),
  }),
  'achievement.lost': message(['member'], 'A refund took the ground from an achievement.', {
    awardId: id,
    memberId: id,
    achievement: text,
    eventId: id,
  }),
};
