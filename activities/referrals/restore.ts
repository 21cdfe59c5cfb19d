import { restorePosting } from '../../domain/ledger/postings.ts';
import type { Restored } from '../../domain/referrals/reinstate.ts';
import { toTraceJson } from '../../domain/rules/trace.ts';
import type { OutboxMessage } from '../../engine/events/outbox.ts';
import type { RewardOutcome } from '../../engine/events/outcome.ts';
import { tellExhausted } from '../../engine/programs/budget-alert.ts';
import { grantKey, noBudget, postAffordable } from '../../engine/rewards/budget.ts';
import { noteRefused } from '../../engine/rewards/refused.ts';
import type { Tx } from '../../prisma/client.ts';
import type { Action } from './actions.ts';
import type { LockedEvent } from './event.ts';
import { aboutAmounts, amountsOf, moveReversed } from './reverse.ts';

const restoreKey = ({ cause }: LockedEvent, { reward }: Restored) => `restore:${reward.rewardId}:${cause}`;

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
      origin: grantKey(part.reward.rewardId),
      held: part.reward.status === 'held',
      occurred_at_ms: event.occurred_at_ms,
      lot_expires_at_ms: expiresAt.get(part.reward.rewardId)?.getTime() ?? null,
    }),
  );
  const afforded = await postAffordable(tx, programId, postings);
  const restored = parts.filter((part) => afforded.has(restoreKey(event, part)));
  if (restored.length < parts.length) await tellExhausted(tx, programId, event.policy.unit, now_ms);
  const back = restored.map(({ reward: { rewardId }, amount_minor }) => ({
    rewardId,
    by_minor: -amount_minor,
  }));
  await moveReversed(tx, programId, back);
  return restored;
}

/** What had no room in the budget. */
export const notRestored = (parts: readonly Restored[], restored: readonly Restored[]): readonly Restored[] =>
  parts.filter((part) => !restored.includes(part));

/** The same, as the event's outcome says it. */
export const partOutcome = ({ reward: { rule, rewardId } }: Restored): RewardOutcome => ({
  ruleId: rule.id,
  recipient: rule.recipient,
  granted: false,
  rewardId,
  code: noBudget.code,
  message: noBudget.message,
});

/** Puts on record what of an action's rewards had no room in the budget. */
export function noteParts(
  tx: Tx,
  event: LockedEvent,
  action: Pick<Action, 'id' | 'occurred_at_ms'>,
  parts: readonly Restored[],
): void {
  const { ref, referral, policy } = event;
  noteRefused(
    tx,
    ref,
    parts.map((part) => ({
      key: restoreKey(event, part),
      referralId: ref.referralId,
      memberId: part.reward.recipientId,
      eventId: action.id,
      rewardId: part.reward.rewardId,
      ruleId: part.reward.rule.id,
      policyVersion: referral.policyVersion,
      unit: policy.unit,
      amountMinor: part.amount_minor,
      occurredAt: new Date(action.occurred_at_ms).toISOString(),
      trace: { rule: toTraceJson(part.reward.rule), because: 'a refund was taken back' },
    })),
  );
}

/** What came back, in the form of messages and traces. */
export const restoredOf = (event: LockedEvent, restored: readonly Restored[]) =>
  amountsOf(
    event,
    restored.map(({ reward, amount_minor }) => ({ ...reward, ruleId: reward.rule.id, amount_minor })),
  );

/** Says what came back by a refund of a refund. */
export function restoredMessage(event: LockedEvent, restored: readonly Restored[]): OutboxMessage {
  const { eventId, referralId } = event.ref;
  const parts = restoredOf(event, restored);
  return {
    key: `reward.restored:${event.cause}`,
    ...aboutAmounts(event, parts),
    type: 'reward.restored',
    payload: { referralId, eventId, restored: parts },
  };
}
