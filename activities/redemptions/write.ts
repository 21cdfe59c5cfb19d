import type { Approval } from '../../domain/redemptions/approval.ts';
import type { RedemptionStatus } from '../../domain/redemptions/redemption.ts';
import type { Outcome } from '../../engine/events/outcome.ts';
import { noteDecision } from '../../engine/transaction.ts';
import { toJsonText } from '../../platform/hash.ts';
import type { Tx } from '../../prisma/client.ts';
import type { LockedRedemption, RedemptionRef } from './snapshot.ts';

export interface RedemptionChange {
  readonly status: RedemptionStatus;
  readonly reason?: string | null;
  readonly providerRef?: string | null;
  readonly approvedBy?: string | null;
  readonly due_at_ms?: number | null;
  /** Who approves, and why. */
  readonly approval?: Approval;
  /** The event that is decided by this; null when the provider or a deadline moved the redemption. */
  readonly decided: { readonly eventId: string; readonly outcome: Outcome } | null;
}

/** Writes a redemption's new status, tells it, and decides the event, in one statement. A status that stays is not told again. */
export async function writeRedemption(
  tx: Tx,
  ref: RedemptionRef,
  before: LockedRedemption,
  change: RedemptionChange,
): Promise<void> {
  const { programId, redemptionId } = ref;
  const {
    status,
    reason = null,
    providerRef = null,
    approvedBy = null,
    due_at_ms = null,
    approval,
    decided,
  } = change;
  if (decided !== null) noteDecision(tx, decided.outcome);
  const payload = {
    redemptionId,
    memberId: before.member_id,
    amount: { minor: before.amount_minor, unit: before.unit },
    method: before.method,
    itemId: before.item_id,
    status,
    reason,
  };
  await tx.$executeRaw`
    WITH redemption AS (
      UPDATE redemptions SET status = ${status}::redemption_status, reason = ${reason}, updated_at = now(),
        provider_ref = coalesce(${providerRef}, provider_ref), approved_by = coalesce(${approvedBy}, approved_by),
        due_at = coalesce(${due_at_ms === null ? null : new Date(due_at_ms)}::timestamptz, due_at),
        approval = coalesce(${approval === undefined ? null : toJsonText(approval)}::jsonb, approval)
      WHERE program_id = ${programId}::uuid AND id = ${redemptionId}::uuid
    ), told AS (
      INSERT INTO outbox (program_id, key, subject, members, type, payload)
      SELECT ${programId}::uuid, ${`redemption.${status}:${redemptionId}`}, ${`redemption:${redemptionId}`}, ARRAY[${before.member_id}::uuid],
             ${`redemption.${status}`}, ${toJsonText(payload)}::jsonb
      WHERE ${status !== before.status}
      ON CONFLICT (program_id, key) DO NOTHING
    ), decision AS (
      UPDATE events SET state = 'decided', outcome = ${toJsonText(decided?.outcome ?? {})}::jsonb, decided_at = now(), reason = NULL
      WHERE program_id = ${programId}::uuid AND id = ${decided?.eventId ?? null}::uuid
      RETURNING id, awaited
    )
    SELECT pg_notify('decided', id::text) FROM decision WHERE awaited`;
}
