import { restorePosting } from '../../domain/ledger/postings.ts';
import { toJson } from '../../domain/money.ts';
import type { Restored } from '../../domain/referrals/reinstate.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { RewardOutcome } from '../../engine/events/outcome.ts';
import { tellExhausted } from '../../engine/programs/budget-alert.ts';
import { noBudget, postAffordable } from '../../engine/rewards/budget.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedEvent } from './event.ts';

const restoreKey = ({ ref }: LockedEvent, { reward }: Restored) =>
  `restore:${reward.rewardId}:${ref.eventId}`;

/**
 * Posts what comes back to rewards of which a part had been taken, and marks it on them. The caller has
 * locked the rewards. Returns the parts for which the budget has room.
 */
export async function restoreRewards(
  tx: Tx,
  event: LockedEvent,
  parts: readonly Restored[],
): Promise<readonly Restored[]> {
  const { programId, now_ms } = event.ref;
  if (parts.length === 0) return [];
  const ids = parts.map(({ reward }) => reward.rewardId);
  const rows = await tx.reward.findMany({
    where: { programId, id: { in: ids } },
    select: { id: true, expiresAt: true },
  });
  const expiresAt = new Map(rows.map((row) => [row.id, row.expiresAt]));
  const postings = parts.map((part) =>
    restorePosting({
      key: restoreKey(event, part),
      unit: event.policy.unit,
      amount_minor: part.amount_minor,
      memberId: part.reward.recipientId,
      held: part.reward.status === 'held',
      occurred_at_ms: event.occurred_at_ms,
      lot_expires_at_ms: expiresAt.get(part.reward.rewardId)?.getTime() ?? null,
    }),
  );
  const afforded = await postAffordable(tx, programId, postings);
  const restored = parts.filter((part) => afforded.has(restoreKey(event, part)));
  if (restored.length < parts.length) await tellExhausted(tx, programId, event.policy.unit, now_ms);
  for (const { reward, amount_minor } of restored)
    await markRestored(tx, programId, reward.rewardId, amount_minor);
  return restored;
}

async function markRestored(
  tx: Tx,
  programId: string,
  rewardId: string,
  amount_minor: bigint,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE rewards SET reversed_minor = reversed_minor - ${amount_minor}
    WHERE program_id = ${programId}::uuid AND id = ${rewardId}::uuid`;
}

/** What had no room in the budget, as the event's outcome says it. */
export const notRestored = (parts: readonly Restored[], restored: readonly Restored[]): RewardOutcome[] =>
  parts
    .filter((part) => !restored.includes(part))
    .map(({ reward: { rule, rewardId } }) => ({
      ruleId: rule.id,
      recipient: rule.recipient,
      granted: false,
      rewardId,
      code: noBudget.code,
      message: noBudget.message,
    }));

/** What came back, in the form of messages and traces. */
export const restoredOf = ({ policy }: LockedEvent, restored: readonly Restored[]) =>
  restored.map(({ reward: { rewardId, rule, recipientId }, amount_minor }) => ({
    rewardId,
    ruleId: rule.id,
    memberId: recipientId,
    amount: toJson({ minor: amount_minor, unit: policy.unit }),
  }));

/** Says what came back by a refund of a refund. */
export function restoredMessage(event: LockedEvent, restored: readonly Restored[]): OutboxMessage {
  const { eventId, referralId } = event.ref;
  const parts = restoredOf(event, restored);
  return {
    key: `reward.restored:${eventId}`,
    subject: `referral:${referralId}`,
    members: [...new Set([event.referral.referrerId, ...parts.map(({ memberId }) => memberId)])],
    type: 'reward.restored',
    payload: { referralId, eventId, restored: parts },
  };
}
