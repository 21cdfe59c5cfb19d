import { ok, type Result } from '../../domain/refusal.ts';
import { checkCorrection, type RewardCorrection } from '../../domain/rewards/correction.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Reward } from '../../prisma/generated/client.ts';
import type { OutboxMessage } from '../events/outbox.ts';
import { lockReward } from './lock.ts';
import { subjectOf } from './mature.ts';
import { takeBackWhole } from './take-back.ts';

/** An operator's word on one reward. */
export interface Correction {
  readonly programId: string;
  readonly rewardId: string;
  readonly type: RewardCorrection;
  /** The command that says so, and when. */
  readonly eventId: string;
  readonly occurred_at_ms: number;
}

/**
 * Corrects a reward by an operator's word: takes back what is left of it, keeps it from maturing, or lets it
 * mature again. Returns the message of it, which the caller tells. Refuses as `checkCorrection` does. Throws
 * when there is no such reward.
 */
export async function correctReward(tx: Tx, correction: Correction): Promise<Result<OutboxMessage>> {
  const { programId, rewardId, type, eventId, occurred_at_ms } = correction;
  await lockReward(tx, programId, rewardId);
  const where = { programId_id: { programId, id: rewardId } };
  const reward = await tx.reward.findUniqueOrThrow({ where });
  const possible = checkCorrection(type, { status: reward.status, isHeldByHand: reward.heldBy !== null });
  if (!possible.ok) return possible;
  if (type === 'reward.taken_back') {
    return ok(await takeBackWhole(tx, reward, { occurred_at_ms, by: eventId }));
  }
  const heldBy = type === 'reward.held' ? eventId : null;
  await tx.reward.update({ where, data: { heldBy }, select: { id: true } });
  return ok(holdMessage(reward, correction));
}

function holdMessage({ id: rewardId, referralId, memberId }: Reward, correction: Correction): OutboxMessage {
  const { type, eventId } = correction;
  return {
    key: `${type}:${eventId}`,
    subject: subjectOf({ referralId, memberId }),
    members: [],
    type: type === 'reward.held' ? 'reward.held' : 'reward.released',
    payload: { rewardId, referralId, memberId, eventId },
  };
}
