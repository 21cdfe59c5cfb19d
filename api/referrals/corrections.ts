import { z } from 'zod';
import { next } from '../../domain/referrals/referral.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';
import { decidedMutation } from '../trpc/procedures.ts';
import { id, requiredNote, waitMs } from '../trpc/schemas.ts';
import { reviewAnswer } from './schema.ts';

const cancellation = z.strictObject({ id, note: requiredNote, wait_ms: waitMs });

/** An operator's word on a referral that is under way or over: each a command to its workflow. */
export const referralCorrections = {
  cancel: decidedMutation()
    .meta({
      rest: 'cancelReferral POST /referrals/{id}/cancel',
      doc:
        'Ends a referral for good, as when fraud is found late: it becomes `rejected`, all that it brought ' +
        'goes back, of the signup too, and it leaves the count and the boards of its referrer. What still ' +
        'comes for it is refused. Its workflow carries this out: `wait_ms` waits for its decision, and ' +
        '`eventId` leads to it later, as with `explain.event`. Refuses with `stage_forbids` a referral in ' +
        'review, which `referrals.reject` ends, and with `referral_ended` one that is rejected already.',
    })
    .input(cancellation)
    .output(reviewAnswer)
    .mutation(({ ctx, input }) => sendCancel(ctx, input)),
};

/** Sends a cancellation to a referral's workflow. Throws `not_found`, `stage_forbids` or `referral_ended`. */
async function sendCancel(
  operator: Operator,
  { id: referralId, note, wait_ms }: z.infer<typeof cancellation>,
) {
  const referral = await operator.tx.referral.findUnique({
    where: { programId_id: { programId: operator.programId, id: referralId } },
    select: { stage: true },
  });
  if (referral === null) throw notFound('referral');
  unwrap(next(referral.stage, 'cancel'));
  const answer = await sendCommand(operator, {
    type: 'referral.cancelled',
    workflowId: referralWorkflow(referralId),
    subject: referralId,
    detail: { note },
    wait_ms,
  });
  return { referralId, ...answer };
}
