import { id, nullable, text } from './field.ts';
import { message } from './rule.ts';

export const BADGE_MESSAGES = {
  'badge.issued': message(['referral', 'member'], 'A badge’s credential was signed.', {
    rewardId: id,
    credentialId: id,
    memberId: id,
    label: nullable(text),
  }),
};
