import type { RedemptionStatus } from '../redemptions/redemption.ts';
import { idField, moneyField, nullableField, oneOfField, textField } from './field.ts';
import { message } from './rule.ts';

/** Stages that a redemption comes to and stays in; it begins as requested, and goes through reserved. */
const STATUSES = [
  'refused',
  'awaiting_approval',
  'paying',
  'needs_operator',
  'settled',
  'released',
] as const satisfies readonly RedemptionStatus[];

const redemption = (says: string) =>
  message(['redemption'], says, {
    redemptionId: idField,
    memberId: idField,
    amount: moneyField,
    method: textField,
    itemId: nullableField(idField),
    status: oneOfField(...STATUSES),
    reason: nullableField(textField),
  });

export const REDEMPTION_MESSAGES = {
  'redemption.refused': redemption('A redemption was refused, and nothing was set aside.'),
  'redemption.awaiting_approval': redemption('The amount was set aside, and an operator decides.'),
  'redemption.paying': redemption('The provider’s turn began.'),
  'redemption.needs_operator': redemption('Whether the provider paid is not known.'),
  'redemption.settled': redemption('The provider paid.'),
  'redemption.released': redemption('What was set aside went back to the member.'),
};
