import { z } from 'zod';
import { judgeBlock, PENDING_CHOICES } from '../../domain/members/block.ts';
import { unwrap } from '../http/errors.ts';
import { decidedMutation } from '../trpc/procedures.ts';
import { requiredNote, waitMs } from '../trpc/schemas.ts';
import { BY_ID, oneMember } from '../trpc/which-member.ts';
import { memberCommandAnswer } from './schema.ts';
import { commandMember } from './word.ts';

const wordFields = { note: requiredNote, wait_ms: waitMs };
const blockInput = oneMember(BY_ID, wordFields);
const unblockInput = oneMember(BY_ID, {
  ...wordFields,
  pending: z.enum(PENDING_CHOICES).meta({
    description:
      'What becomes of the rewards on hold: `release` lets them mature as if there had been no block, ' +
      '`cancel` takes them back.',
  }),
});

/** An operator stops a member from earning and redeeming, and lets them again. */
export const blockProcedures = {
  block: decidedMutation()
    .meta({
      rest: 'blockMember POST /members/{id}/block',
      doc:
        'Blocks a member: they earn and redeem nothing, their tokens are refused, and what they have on ' +
        'hold stays there. Their links lead on. The member’s workflow carries this out: `wait_ms` waits ' +
        'for its decision, and `eventId` leads to it later, as with `explain.event`. Refuses with ' +
        '`member_unknown`, and with `member_blocked` one who is blocked already.',
    })
    .input(blockInput)
    .output(memberCommandAnswer)
    .mutation(({ ctx, input }) =>
      commandMember(ctx, 'member.blocked', input, {}, ({ blockedAt }) =>
        unwrap(judgeBlock(blockedAt !== null, 'block')),
      ),
    ),

  unblock: decidedMutation()
    .meta({
      rest: 'unblockMember POST /members/{id}/unblock',
      doc:
        'Ends the block of a member; `pending` says whether the rewards that it kept on hold are released ' +
        'or cancelled. What the block refused is not made up for. `wait_ms` waits for the decision, and ' +
        '`eventId` leads to it later, as with `explain.event`. Refuses with `member_unknown`, and with ' +
        '`member_not_blocked` one who is not blocked.',
    })
    .input(unblockInput)
    .output(memberCommandAnswer)
    .mutation(({ ctx, input: { pending, ...input } }) =>
      commandMember(ctx, 'member.unblocked', input, { pending }, ({ blockedAt }) =>
        unwrap(judgeBlock(blockedAt !== null, 'unblock')),
      ),
    ),
};
