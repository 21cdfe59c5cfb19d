import type { Tx } from '../../prisma/client.ts';
import { callWorkflows } from '../events/commands.ts';
import { referralWorkflow } from '../events/workflow-ids.ts';
import { takeBackReward } from './take-back.ts';

/** Whose rewards on hold, by which command, and when. */
export interface HeldOf {
  readonly programId: string;
  readonly memberId: string;
  readonly now_ms: number;
  /** The command's event. */
  readonly by: string;
}

interface Held {
  readonly id: string;
  readonly referralId: string | null;
}

/** A member's rewards on hold, in the order of their ids: the first so many, or all. */
export const heldRewards = (tx: Tx, { programId, memberId }: HeldOf, limit?: number): Promise<Held[]> =>
  tx.reward.findMany({
    where: { programId, memberId, status: 'held' },
    orderBy: { id: 'asc' },
    select: { id: true, referralId: true },
    ...(limit === undefined ? {} : { take: limit }),
  });

/**
 * Takes back some of a member's rewards on hold, and calls the workflows of the referrals that they hung on.
 * Returns how many were there.
 */
export async function cancelHeld(tx: Tx, of: HeldOf, limit: number): Promise<number> {
  const some = await heldRewards(tx, of, limit);
  const { programId, now_ms, by } = of;
  for (const { id: rewardId } of some) {
    await takeBackReward(tx, { programId, rewardId, occurred_at_ms: now_ms, by });
  }
  await callReferralsOf(tx, of, some);
  return some.length;
}

/** Calls the workflows of the referrals that rewards hang on, since they had given up waiting for them. */
export async function callReferralsOf(
  tx: Tx,
  { programId, now_ms, by }: HeldOf,
  rewards: readonly Held[],
): Promise<void> {
  const referralIds = new Set(rewards.flatMap(({ referralId }) => referralId ?? []));
  await callWorkflows(
    tx,
    [...referralIds].map((referralId) => ({
      programId,
      workflowId: referralWorkflow(referralId),
      type: 'referral.overdue' as const,
      key: `referral.overdue:${referralId}:${by}`,
      at: new Date(now_ms),
    })),
  );
}
