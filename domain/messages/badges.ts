import { idField, nullableField, textField } from './field.ts';
import { message } from './rule.ts';

export const BADGE_MESSAGES = {
  'badge.issued': message(['referral', 'member'], 'A badge’s credential was signed.', {
    rewardId: idField,
    credentialId: idField,
    memberId: idField,
    label: nullableField(textField),
  }),
};
