import type { Posting } from '../../domain/ledger/posting.ts';
import { reversePosting } from '../../domain/ledger/postings.ts';
import { aboutMember, type OutboxMessage, tell } from '../../engine/events/outbox.ts';
import { backMove, moveId, type PointMove } from '../../engine/points/move.ts';
import type { SourceEvent } from '../../engine/points/source.ts';
import { grantKey } from '../../engine/rewards/budget.ts';
import type { Tx } from '../../prisma/client.ts';
import { awardKey } from './awards.ts';

/** An award that a refund reverses, with what it brought. */
export interface AwardReversal {
  readonly awardId: string;
  readonly achievement: string;
  /** Takes back its points; null: it brought none, or none are left. */
  readonly move: PointMove | null;
  /** The reward to take back; null: it brought none, or that was reversed before. */
  readonly reward: RewardRow | null;
}

interface RewardRow {
  readonly id: string;
  readonly status: string;
  readonly unit: string | null;
  readonly left_minor: bigint;
  /** Nothing of it was taken back before. */
  readonly isWhole: boolean;
}

/** An award that is lost, and the reward that it brought. */
interface LostAward {
  readonly id: string;
  readonly achievement: string;
  readonly rewardId: string | null;
}

/** Reads what lost awards brought, in two statements however many they are, and locks their rewards. */
export async function lockReversals(
  tx: Tx,
  refund: SourceEvent,
  lostAwards: readonly LostAward[],
): Promise<AwardReversal[]> {
  if (lostAwards.length === 0) return [];
  const { programId } = refund;
  const postingIdOf = ({ id }: LostAward) => moveId(programId, awardKey(id));
  const postings = await tx.pointPosting.findMany({
    where: { programId, id: { in: lostAwards.map(postingIdOf) } },
  });
  const rewards = await lockRewards(
    tx,
    programId,
    lostAwards.flatMap(({ rewardId }) => rewardId ?? []),
  );
  return lostAwards.map((award) => {
    const posting = postings.find(({ id }) => id === postingIdOf(award));
    const left_minor = posting === undefined ? 0n : posting.amountMinor - posting.reversedMinor;
    return {
      awardId: award.id,
      achievement: award.achievement,
      move: posting === undefined || left_minor === 0n ? null : backMove(refund, posting, left_minor),
      reward: rewards.find(({ id }) => id === award.rewardId) ?? null,
    };
  });
}

/** Locks rewards in the order of their awards. */
async function lockRewards(tx: Tx, programId: string, rewardIds: readonly string[]): Promise<RewardRow[]> {
  if (rewardIds.length === 0) return [];
  return await tx.$queryRaw<RewardRow[]>`
    SELECT id::text, status::text, unit, amount_minor - reversed_minor AS left_minor,
      reversed_minor = 0 AS "isWhole"
    FROM rewards
    WHERE program_id = ${programId}::uuid AND id = ANY(${[...rewardIds]}::uuid[]) AND status <> 'reversed'
    ORDER BY array_position(${[...rewardIds]}::uuid[], id) FOR UPDATE`;
}

/** The postings that take the awards' credit back. Badges and perks have none. */
export function reversalPostings(
  { actor, eventId, occurred_at_ms }: SourceEvent,
  reversals: readonly AwardReversal[],
): Posting[] {
  return reversals.flatMap(({ reward }) => {
    if (reward === null || reward.unit === null || reward.left_minor === 0n) return [];
    const isHeld = reward.status === 'held';
    return [
      reversePosting({
        key: `reverse:${reward.id}:${eventId}`,
        unit: reward.unit,
        amount_minor: reward.left_minor,
        held_minor: isHeld ? reward.left_minor : 0n,
        memberId: actor.id,
        occurred_at_ms,
        origin: grantKey(reward.id),
        endsHold: isHeld,
        isWhole: reward.isWhole,
      }),
    ];
  });
}

/** Marks awards and their rewards as reversed, with the messages. A reversed reward revokes its badge. */
export async function writeReversals(
  tx: Tx,
  refund: SourceEvent,
  reversals: readonly AwardReversal[],
): Promise<void> {
  if (reversals.length === 0) return;
  const { programId } = refund;
  await tx.achievementAward.updateMany({
    where: { programId, id: { in: reversals.map(({ awardId }) => awardId) } },
    data: { status: 'reversed' },
  });
  const rewardIds = reversals.flatMap(({ reward }) => reward?.id ?? []);
  await tx.$executeRaw`
    UPDATE rewards SET status = 'reversed', reversed_minor = amount_minor
    WHERE program_id = ${programId}::uuid AND id = ANY(${rewardIds}::uuid[])`;
  const messages = reversals.flatMap((reversal) => messagesOf(refund, reversal));
  await tell(tx, programId, messages);
}

function messagesOf({ actor, eventId }: SourceEvent, reversal: AwardReversal): OutboxMessage[] {
  const { awardId, achievement, reward } = reversal;
  const about = aboutMember(actor.id);
  const lost: OutboxMessage = {
    ...about,
    key: `achievement.lost:${awardId}`,
    type: 'achievement.lost',
    payload: { awardId, memberId: actor.id, achievement, eventId },
  };
  if (reward === null) return [lost];
  const amount = reward.unit === null ? null : { minor: reward.left_minor.toString(), unit: reward.unit };
  const reversed = [{ rewardId: reward.id, ruleId: achievement, memberId: actor.id, amount }];
  const key = `reward.reversed:${eventId}:${awardId}`;
  const payload = { referralId: null, eventId, unqualified: false, reversed };
  return [lost, { ...about, key, type: 'reward.reversed', payload }];
}
