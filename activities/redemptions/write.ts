import { toJson } from '../../domain/money.ts';
import type { Approval } from '../../domain/redemptions/approval.ts';
import type { RedemptionStatus } from '../../domain/redemptions/redemption.ts';
import { type Decision, decidedEvent, notifyDecided } from '../../engine/events/decide.ts';
import { type OutboxMessage, toldMessages } from '../../engine/events/outbox.ts';
import { noteDecision } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedRedemption, RedemptionRef } from './snapshot.ts';

export interface RedemptionChange {
  readonly status: RedemptionStatus;
  readonly reason?: string | null;
  readonly providerRef?: string | null;
  readonly approvedBy?: string | null;
  readonly due_at_ms?: number;
  /** Who approves, and why. */
  readonly approval?: Approval;
  /** The event that is decided by this; null when the provider or a deadline moved the redemption. */
  readonly decided: Decision | null;
}

/**
 * Writes a redemption's new status, its message and the event's decision in one statement. Makes no message
 * when the status stays.
 */
export async function writeRedemption(
  tx: Tx,
  { programId, redemptionId }: RedemptionRef,
  before: LockedRedemption,
  change: RedemptionChange,
): Promise<void> {
  const {
    status,
    reason = null,
    providerRef = null,
    approvedBy = null,
    due_at_ms,
    approval,
    decided,
  } = change;
  if (decided !== null) noteDecision(tx, decided.outcome);
  const dueAt = due_at_ms === undefined ? null : new Date(due_at_ms);
  const messages = messagesOf(redemptionId, before, change);
  await tx.$executeRaw`
    WITH redemption AS (
      UPDATE redemptions SET status = ${status}::redemption_status, reason = ${reason}, updated_at = now(),
        provider_ref = coalesce(${providerRef}, provider_ref),
        approved_by = coalesce(${approvedBy}, approved_by),
        due_at = coalesce(${dueAt}::timestamptz, due_at),
        approval = coalesce(${approval === undefined ? null : toJsonText(approval)}::jsonb, approval)
      WHERE program_id = ${programId}::uuid AND id = ${redemptionId}::uuid
    ), ${toldMessages(programId, messages)}, ${decidedEvent(programId, decided)}
    ${notifyDecided}`;
}

/** A status that stays is not announced again; nothing comes to requested or stays in reserved. */
function messagesOf(
  redemptionId: string,
  before: LockedRedemption,
  { status, reason = null }: RedemptionChange,
): OutboxMessage[] {
  if (status === before.status || status === 'requested' || status === 'reserved') return [];
  const { memberId, amount_minor, unit, method, itemId } = before;
  const amount = toJson({ minor: amount_minor, unit });
  return [
    {
      key: `redemption.${status}:${redemptionId}`,
      subject: `redemption:${redemptionId}`,
      members: [memberId],
      type: `redemption.${status}`,
      payload: { redemptionId, memberId, amount, method, itemId, status, reason },
    },
  ];
}
