import { z } from 'zod';
import { checkCorrection, type RewardCorrection } from '../../domain/rewards/correction.ts';
import { memberWorkflow, referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { notFound, unwrap } from '../http/errors.ts';
import { type Operator, sendCommand } from '../trpc/commands.ts';
import { decidedMutation } from '../trpc/procedures.ts';
import { id, requiredNote, waitMs } from '../trpc/schemas.ts';
import { rewardCommandAnswer } from './schema.ts';

const correction = z.strictObject({ id, note: requiredNote, wait_ms: waitMs });
type CorrectionInput = z.infer<typeof correction>;

/** An operator's word on a reward that is there: each a command to the workflow that matures it. */
export const rewardCorrections = {
  takeBack: decidedMutation()
    .meta({
      rest: 'takeBackReward POST /rewards/{id}/take-back',
      doc:
        'Takes back what is left of a reward of any kind and source, on hold or not; what the balance of ' +
        'the member lacks is owed. The workflow that matures it carries this out: `wait_ms` waits for its ' +
        'decision, and `eventId` leads to it later, as with `explain.event`. No refund takes it back once ' +
        'more. Refuses with `already_resolved` one that is taken back already.',
    })
    .input(correction)
    .output(rewardCommandAnswer)
    .mutation(({ ctx, input }) => sendCorrection(ctx, 'reward.taken_back', input)),

  hold: decidedMutation()
    .meta({
      rest: 'holdReward POST /rewards/{id}/hold',
      doc:
        'Keeps a reward that is on hold from maturing until `rewards.release`. The workflow that matures ' +
        'it carries this out: `wait_ms` waits for its decision, and `eventId` leads to it later, as with ' +
        '`explain.event`. Refuses with `stage_forbids` one that is available or held so already, and with ' +
        '`already_resolved` one that is taken back.',
    })
    .input(correction)
    .output(rewardCommandAnswer)
    .mutation(({ ctx, input }) => sendCorrection(ctx, 'reward.held', input)),

  release: decidedMutation()
    .meta({
      rest: 'releaseReward POST /rewards/{id}/release',
      doc:
        'Ends what `rewards.hold` began: the reward matures at its time, or at once where that has ' +
        'passed. The workflow that matures it carries this out: `wait_ms` waits for its decision, and ' +
        '`eventId` leads to it later, as with `explain.event`. Refuses with `stage_forbids` one that no ' +
        'operator holds, and with `already_resolved` one that is taken back.',
    })
    .input(correction)
    .output(rewardCommandAnswer)
    .mutation(({ ctx, input }) => sendCorrection(ctx, 'reward.released', input)),
};

/** Sends an operator's word on a reward. Throws `not_found`, or what `checkCorrection` refuses with. */
async function sendCorrection(
  operator: Operator,
  type: RewardCorrection,
  { id: rewardId, note, wait_ms }: CorrectionInput,
) {
  const reward = await operator.tx.reward.findUnique({
    where: { programId_id: { programId: operator.programId, id: rewardId } },
    select: { status: true, heldBy: true, referralId: true, memberId: true },
  });
  if (reward === null) throw notFound('reward');
  const { status, heldBy, referralId, memberId } = reward;
  unwrap(checkCorrection(type, { status, isHeldByHand: heldBy !== null }));
  const workflowId = referralId === null ? memberWorkflow(memberId) : referralWorkflow(referralId);
  const detail = { rewardId, note };
  const answer = await sendCommand(operator, { type, workflowId, subject: rewardId, detail, wait_ms });
  return { rewardId, ...answer };
}
