import { judgeBlock, PENDING_CHOICES, type PendingChoice } from '../../domain/members/block.ts';
import { ok } from '../../domain/refusal.ts';
import { tell } from '../../engine/events/outbox.ts';
import { callReferralsOf, cancelHeld, heldRewards } from '../../engine/rewards/held.ts';
import type { Tx } from '../../prisma/client.ts';
import type { MemberRef } from '../member-step.ts';
import { about, moment, type Word, type WordStep } from './word.ts';

/** The most rewards that one transaction cancels. */
const CANCELLED_MAX = 100;

/** The most rewards on hold whose referrals hear at once that a block has ended. */
const CALLED_MAX = 1_000;

/** Blocks a member. */
export const block: WordStep = async (tx, ref, word) => {
  const judged = judgeBlock(word.member.blockedAt !== null, 'block');
  if (!judged.ok) return judged;
  await write(tx, ref, { blockedAt: new Date(ref.now_ms), blockedReason: word.payload['note'] ?? '' });
  const { memberId } = ref;
  const message = { type: 'member.blocked', payload: { memberId, at: moment(ref) } } as const;
  await tell(tx, ref.programId, [{ ...about(ref, word), ...message }]);
  return ok('done');
};

/**
 * Ends the block of a member. Where the operator chose so, what is pending is cancelled first, a hundred
 * rewards a transaction. Otherwise it matures as if there had been no block. Calls the workflows of the
 * referrals that it hung on, since they had given up waiting for it; beyond a thousand the hourly upkeep
 * finds them when they are due.
 */
export const unblock: WordStep = async (tx, ref, word) => {
  const judged = judgeBlock(word.member.blockedAt !== null, 'unblock');
  if (!judged.ok) return judged;
  const { programId, memberId } = ref;
  const pending = choiceOf(word);
  const heldOf = { ...ref, by: word.id };
  if (pending === 'cancel' && (await cancelHeld(tx, heldOf, CANCELLED_MAX)) > 0) return ok('more');
  await write(tx, ref, { blockedAt: null, blockedReason: null });
  await callReferralsOf(tx, heldOf, await heldRewards(tx, heldOf, CALLED_MAX));
  const message = { type: 'member.unblocked', payload: { memberId, pending, at: moment(ref) } } as const;
  await tell(tx, programId, [{ ...about(ref, word), ...message }]);
  return ok('done');
};

function choiceOf({ payload }: Word): PendingChoice {
  const choice = PENDING_CHOICES.find((one) => one === payload['pending']);
  if (choice === undefined)
    throw new Error('the end of a block does not say what becomes of what is pending');
  return choice;
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
