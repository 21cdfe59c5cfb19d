import { PENDING_CHOICES, type PendingChoice } from '../../domain/members/block.ts';
import { callWorkflows } from '../../engine/events/commands.ts';
import type { OpenEvent } from '../../engine/events/lock.ts';
import { type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import { referralWorkflow } from '../../engine/events/workflow-ids.ts';
import { takeBackReward } from '../../engine/rewards/take-back.ts';
import type { Tx } from '../../prisma/client.ts';
import type { MemberRef } from '../member-step.ts';

/** An operator's word that is being carried out. */
interface Command extends OpenEvent {
  readonly id: string;
}

/** The most rewards that one transaction cancels. */
const CANCELLED_MAX = 100;

/** Blocks a member, whose row is locked. Done at once. */
export async function block(tx: Tx, ref: MemberRef, command: Command): Promise<true> {
  await write(tx, ref, {
    blockedAt: new Date(ref.now_ms),
    blockedReason: command.payload['reason'] ?? '',
  });
  await tell(tx, ref.programId, [
    { ...about(ref, command), type: 'member.blocked', payload: { memberId: ref.memberId, at: at(ref) } },
  ]);
  return true;
}

/**
 * Ends the block of a member, whose row is locked. Where the operator chose so, what is pending is cancelled
 * first, a hundred rewards a transaction: false until none is left. Otherwise it matures as if there had been
 * no block. Calls the workflows of the referrals that it hung on, since they had given up waiting for it.
 */
export async function unblock(tx: Tx, ref: MemberRef, command: Command): Promise<boolean> {
  const { programId, memberId } = ref;
  const pending = choiceOf(command);
  const held = await heldRewards(tx, ref);
  if (pending === 'cancel' && held.length > 0) {
    for (const { id: rewardId } of held.slice(0, CANCELLED_MAX)) {
      await takeBackReward(tx, { programId, rewardId, occurred_at_ms: ref.now_ms });
    }
    await callReferrals(tx, ref, command, held.slice(0, CANCELLED_MAX));
    return false;
  }
  await write(tx, ref, { blockedAt: null, blockedReason: null });
  await callReferrals(tx, ref, command, held);
  await tell(tx, programId, [
    { ...about(ref, command), type: 'member.unblocked', payload: { memberId, pending, at: at(ref) } },
  ]);
  return true;
}

const at = ({ now_ms }: MemberRef): string => new Date(now_ms).toISOString();

/** The member is not told: what they see of it is that they earn no more. */
const about = (
  { memberId }: MemberRef,
  { type, id }: Command,
): Pick<OutboxMessage<'member.blocked'>, 'key' | 'subject' | 'members'> => ({
  key: `${type}:${id}`,
  subject: `member:${memberId}`,
  members: [],
});

function choiceOf({ payload }: Command): PendingChoice {
  const choice = PENDING_CHOICES.find((one) => one === payload['pending']);
  if (choice === undefined)
    throw new Error('the end of a block does not say what becomes of what is pending');
  return choice;
}

interface Held {
  readonly id: string;
  readonly referralId: string | null;
}

const heldRewards = (tx: Tx, { programId, memberId }: MemberRef): Promise<Held[]> =>
  tx.reward.findMany({
    where: { programId, memberId, status: 'held' },
    orderBy: { id: 'asc' },
    select: { id: true, referralId: true },
  });

async function callReferrals(
  tx: Tx,
  { programId, now_ms }: MemberRef,
  command: Command,
  rewards: readonly Held[],
): Promise<void> {
  const referralIds = new Set(rewards.flatMap(({ referralId }) => referralId ?? []));
  await callWorkflows(
    tx,
    [...referralIds].map((referralId) => ({
      programId,
      workflowId: referralWorkflow(referralId),
      type: 'referral.overdue' as const,
      key: `referral.overdue:${referralId}:${command.id}`,
      at: new Date(now_ms),
    })),
  );
}

async function write(
  tx: Tx,
  { programId, memberId }: MemberRef,
  data: { readonly blockedAt: Date | null; readonly blockedReason: string | null },
): Promise<void> {
  await tx.member.update({
    where: { programId_id: { programId, id: memberId } },
    data,
    select: { id: true },
  });
}
