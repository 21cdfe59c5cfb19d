import { z } from 'zod';
import { judgeCancel } from '../../domain/redemptions/redemption.ts';
import { redemptionWorkflow } from '../../engine/events/workflow-ids.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { sendCommand } from '../trpc/commands.ts';
import { decidedMemberMutation } from '../trpc/procedures.ts';
import { id, note, waitMs } from '../trpc/schemas.ts';
import { mine } from './input.ts';
import { myOutcome } from './redeem.ts';
import { myRequestAnswer } from './schema.ts';

/** A member withdraws a redemption of theirs. */
export const cancelRedemption = decidedMemberMutation(myOutcome)
  .meta({
    rest: 'cancelMyRedemption POST /programs/{programId}/me/redemptions/{id}/cancel',
    doc:
      'Cancels a redemption of the member that nobody has approved yet: what was set aside goes back. ' +
      '`wait_ms` waits for the decision. Needs the claim `redeem` (`claim_missing`). Refuses with ' +
      '`not_found`, with `redemption_ended` one that is over, and with `stage_forbids` one that is paid or ' +
      'being paid.',
  })
  .input(z.strictObject({ ...mine, id, note, wait_ms: waitMs }))
  .output(myRequestAnswer)
  .mutation(async ({ ctx, input: { id: redemptionId, note: why, wait_ms } }) => {
    const { tx, programId, member } = ctx;
    const row = await tx.redemption.findUnique({
      where: { programId_id: { programId, id: redemptionId }, memberId: member.id },
      select: { status: true },
    });
    if (row === null) throw notFound('redemption');
    unwrap(judgeCancel(row.status));
    const workflowId = redemptionWorkflow(redemptionId);
    const detail = { note: why ?? null };
    const command = { type: 'redemption.cancelled', workflowId, subject: redemptionId, detail } as const;
    return { redemptionId, ...(await sendCommand(ctx, { ...command, wait_ms })) };
  });
