import { z } from 'zod';
import { judgeMerge, judgeMergeLoad } from '../../domain/members/merge.ts';
import { memberWorkflow } from '../../engine/events/workflow-ids.ts';
import { mergeLoad } from '../../engine/members/merge-load.ts';
import { unwrap } from '../http/errors.ts';
import { sendCommand } from '../trpc/commands.ts';
import { findAccount, findMember } from '../trpc/lookups.ts';
import { decidedMutation } from '../trpc/procedures.ts';
import { id, requiredNote, waitMs } from '../trpc/schemas.ts';
import { mergeAnswer } from './schema.ts';

const mergeInput = z.strictObject({
  memberId: id.meta({ description: 'The account that goes: all that leads to it leads on.' }),
  intoMemberId: id.meta({ description: 'The account that stays.' }),
  note: requiredNote,
  wait_ms: waitMs,
});

/** An operator merges two accounts of one person. */
export const mergeProcedure = decidedMutation()
  .meta({
    rest: 'mergeMember POST /members/{memberId}/merge',
    doc:
      'Merges a member into another, as two accounts of one person: balances, referrals, links, points ' +
      'and all that led to the one who goes become those of the one who stays. This cannot be undone. ' +
      'The workflow of the one who goes carries it out: `wait_ms` waits for its decision, and `eventId` ' +
      'leads to it later, as with `explain.event`. Refuses with `member_unknown`; with `same_member` ' +
      'where both lead to one member already, and with `already_merged` one who was merged before; with ' +
      '`member_erased` where either is erased, with `member_blocked` where either is blocked, with ' +
      '`redemption_under_way` while one of the member who goes has not ended, and with ' +
      '`merge_too_large` where that one has more than 10,000 rows to move.',
  })
  .input(mergeInput)
  .output(mergeAnswer)
  .mutation(async ({ ctx, input: { memberId, intoMemberId, note, wait_ms } }) => {
    const { tx, programId } = ctx;
    const goes = await findAccount(tx, programId, memberId);
    const stays = await findMember(tx, programId, { memberId: intoMemberId });
    unwrap(judgeMerge(goes, stays));
    unwrap(judgeMergeLoad(await mergeLoad(tx, programId, goes.id)));
    const sent = await sendCommand(ctx, {
      type: 'member.merged',
      workflowId: memberWorkflow(goes.id),
      subject: `member:${goes.id}`,
      detail: { note, intoMemberId: stays.id },
      wait_ms,
    });
    return { memberId: goes.id, intoMemberId: stays.id, reversible: false as const, ...sent };
  });
