import { countField, idField, nullableField } from './field.ts';
import { message } from './rule.ts';

const SIGNUP = {
  referralId: idField,
  referrerId: idField,
  referredId: nullableField(idField),
  eventId: idField,
};
const REFERRAL = { referralId: idField };

export const REFERRAL_MESSAGES = {
  'referral.invited': message(['referral'], 'A member’s personal invitation was issued.', {
    referralId: idField,
    referrerId: idField,
    linkId: idField,
  }),
  'referral.signed_up': message(['referral'], 'A referred signup counts, at once or after a review.', SIGNUP),
  'referral.in_review': message(['referral'], 'A signup waits for an operator.', SIGNUP),
  'referral.rejected': message(
    ['referral'],
    'The fraud rules or an operator refused a signup, or an operator cancelled it later.',
    SIGNUP,
  ),
  'referral.qualified': message(['referral'], 'A referral qualified, as its referrer’s `nth`.', {
    referralId: idField,
    eventId: idField,
    nth: countField,
  }),
  'referral.moved': message(['referral'], 'An operator moved a referral to another referrer.', {
    referralId: idField,
    fromId: idField,
    referrerId: idField,
    eventId: idField,
  }),
  'referral.expired': message(['referral'], 'A referral’s time ran out before it qualified.', REFERRAL),
  'referral.closed': message(['referral'], 'The time in which refunds count is over.', REFERRAL),
};
