import { PENDING_CHOICES } from '../members/block.ts';
import { idField, momentField, oneOfField } from './field.ts';
import { message } from './rule.ts';

export const MEMBER_MESSAGES = {
  'member.blocked': message(['member'], 'A member was blocked: they earn and redeem nothing.', {
    memberId: idField,
    at: momentField,
  }),
  'member.unblocked': message(
    ['member'],
    'A member’s block ended; `pending` says what became of what was held.',
    {
      memberId: idField,
      pending: oneOfField(...PENDING_CHOICES),
      at: momentField,
    },
  ),
  'member.erased': message(['member'], 'A member was erased; their id is a pseudonym from now on.', {
    memberId: idField,
    at: momentField,
  }),
  'member.renamed': message(['member'], 'A member has another external id; the old ones lead to them too.', {
    memberId: idField,
    at: momentField,
  }),
  'member.merged': message(
    ['member'],
    'A member was merged into another: all that leads to them leads to `intoMemberId` since.',
    { memberId: idField, intoMemberId: idField, at: momentField },
  ),
};
