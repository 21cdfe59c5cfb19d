import type { RedemptionStatus } from '../../domain/redemptions/redemption.ts';
import type { Tx } from '../../prisma/client.ts';

/** Which redemption, and what time it is for the workflow that asks (in milliseconds since 1970). */
export interface RedemptionRef {
  readonly programId: string;
  readonly redemptionId: string;
  readonly now_ms: number;
}

export interface RedemptionEventRef extends RedemptionRef {
  readonly eventId: string;
}

/** What a redemption's workflow needs to know: plain JSON, ids only. */
export interface RedemptionSnapshot {
  readonly status: RedemptionStatus;
  readonly reason: string | null;
  readonly member_id: string;
  readonly method: string;
  readonly amount: string;
  /** Until when an operator may approve; null unless one is asked. */
  readonly due_at_ms: number | null;
}

/** A redemption's row, locked. */
export interface LockedRedemption {
  readonly status: RedemptionStatus;
  readonly reason: string | null;
  readonly memberId: string;
  readonly method: string;
  readonly unit: string;
  readonly amount_minor: bigint;
  readonly dueAt: Date | null;
  /** What of the catalogue it is for; null: a plain amount. */
  readonly itemId: string | null;
  readonly fee_minor: bigint;
}

/** Locks a redemption until the transaction ends. Throws when it does not exist. */
export async function lockRedemption(tx: Tx, ref: RedemptionRef): Promise<LockedRedemption> {
  const [row] = await tx.$queryRaw<LockedRedemption[]>`
    SELECT status::text, reason, member_id::text AS "memberId", method, unit, amount_minor, due_at AS "dueAt",
           item_id::text AS "itemId", fee_minor
    FROM redemptions
    WHERE program_id = ${ref.programId}::uuid AND id = ${ref.redemptionId}::uuid FOR UPDATE`;
  if (row === undefined) throw new Error(`redemption ${ref.redemptionId} does not exist`);
  return row;
}

/** The redemption as it stands in this transaction. */
export async function readRedemption(tx: Tx, ref: RedemptionRef): Promise<RedemptionSnapshot> {
  const { status, reason, memberId, method, unit, amount_minor, dueAt } = await lockRedemption(tx, ref);
  const due_at_ms = status === 'awaiting_approval' ? (dueAt?.getTime() ?? null) : null;
  return { status, reason, member_id: memberId, method, amount: `${amount_minor} ${unit}`, due_at_ms };
}
