import { reversePosting } from '../../domain/ledger/postings.ts';
import { toJson } from '../../domain/money.ts';
import { post } from '../../ledger/post.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Reward } from '../../prisma/generated/client.ts';
import { type OutboxMessage, tell } from '../events/outbox.ts';
import { grantKey } from './budget.ts';
import { lockReward } from './lock.ts';
import { subjectOf } from './mature.ts';

/** A reward that is to be taken back whole. */
export interface TakeBack {
  readonly programId: string;
  readonly rewardId: string;
  readonly occurred_at_ms: number;
  /** The operator's command by which it goes; left out: none. */
  readonly by?: string;
}

/**
 * Takes back what is left of a reward: from what is held, else from what is available, and what that lacks is
 * owed. A badge's credential is revoked by it. A reward that is taken back already stays as it is.
 */
export async function takeBackReward(tx: Tx, wanted: TakeBack): Promise<void> {
  const { programId, rewardId, occurred_at_ms, by = null } = wanted;
  await lockReward(tx, programId, rewardId);
  const where = { programId_id: { programId, id: rewardId } };
  const reward = await tx.reward.findUniqueOrThrow({ where });
  if (reward.status === 'reversed') return;
  await tell(tx, programId, [await takeBackWhole(tx, reward, { occurred_at_ms, by })]);
}

/**
 * Takes back what is left of a reward that the transaction has locked and that is not reversed: the posting
 * and the row. `by` is the operator's command that does so; null: none. Returns the message of it, which the
 * caller tells.
 */
export async function takeBackWhole(
  tx: Tx,
  reward: Reward,
  { occurred_at_ms, by }: { readonly occurred_at_ms: number; readonly by: string | null },
): Promise<OutboxMessage> {
  const { programId, id } = reward;
  for (const posting of postingsOf(reward, occurred_at_ms)) {
    const result = await post(tx, programId, [posting]);
    if (!result.ok) throw new Error(`${posting.key} was refused: ${result.code}`);
  }
  const where = { programId_id: { programId, id } };
  const data = { status: 'reversed', reversedMinor: reward.amountMinor, takenBackBy: by } as const;
  await tx.reward.update({ where, data, select: { id: true } });
  return messageOf(reward, by);
}

/** Badges and perks have no posting. */
function postingsOf(reward: Reward, occurred_at_ms: number) {
  const { id, unit, memberId, amountMinor, reversedMinor, status } = reward;
  const left_minor = amountMinor - reversedMinor;
  if (unit === null || left_minor === 0n) return [];
  const isHeld = status === 'held';
  return [
    reversePosting({
      key: `reverse:${id}:whole`,
      unit,
      amount_minor: left_minor,
      held_minor: isHeld ? left_minor : 0n,
      memberId,
      occurred_at_ms,
      origin: grantKey(id),
      endsHold: isHeld,
      isWhole: reversedMinor === 0n,
    }),
  ];
}

function messageOf(reward: Reward, eventId: string | null): OutboxMessage {
  const { id: rewardId, referralId, memberId, ruleId, unit, amountMinor, reversedMinor } = reward;
  const amount = unit === null ? null : toJson({ minor: amountMinor - reversedMinor, unit });
  return {
    key: `reward.reversed:${rewardId}`,
    subject: subjectOf({ referralId, memberId }),
    members: [memberId],
    type: 'reward.reversed',
    payload: {
      referralId,
      eventId,
      unqualified: false,
      reversed: [{ rewardId, ruleId, memberId, amount }],
    },
  };
}
